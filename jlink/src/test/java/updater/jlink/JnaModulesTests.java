package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With JNA's own jars, and an image that is linked and run here. */
class JnaModulesTests {
    private static final Path JDK = Path.of(System.getProperty("java.home"));

    @TempDir
    private Path temporary;

    private List<Path> jars;
    private String modulePath;

    @BeforeEach
    void findJars() throws IOException {
        modulePath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Path.of(entry).getFileName().toString().matches("jna-.*jpms-.*\\.jar"))
                .sorted()
                .reduce((one, other) -> one + File.pathSeparator + other)
                .orElseThrow();
        jars = JnaModules.jars(modulePath);
        assertThat(jars).hasSize(2);
    }

    private String patch(String system) throws Exception {
        return new JnaModules(JDK, temporary.resolve("patched"), system).patch(jars, modulePath);
    }

    private static String run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
        return output;
    }

    private static ModuleDescriptor original(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return ModuleDescriptor.read(zip.getInputStream(zip.getEntry("META-INF/versions/9/module-info.class")));
        }
    }

    @Test
    void descriptor_patched_isTheSameButForJavaDesktop() throws Exception {
        for (Path jar : jars) {
            byte[] bytes;
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                bytes = zip.getInputStream(zip.getEntry("META-INF/versions/9/module-info.class"))
                        .readAllBytes();
            }
            ModuleDescriptor before = original(jar);
            ModuleDescriptor after = ModuleDescriptor.read(new ByteArrayInputStream(JnaModules.patchDescriptor(bytes)));

            assertThat(after.requires())
                    .isEqualTo(before.requires().stream()
                            .filter(line -> !line.name().equals("java.desktop"))
                            .collect(java.util.stream.Collectors.toSet()));
            assertThat(after.exports()).isEqualTo(before.exports());
            assertThat(after.opens()).isEqualTo(before.opens());
            assertThat(after.uses()).isEqualTo(before.uses());
            assertThat(after.provides()).isEqualTo(before.provides());
            assertThat(after.name()).isEqualTo(before.name());
        }
        assertThat(jars.stream().flatMap(jar -> requires(jar).stream())).contains("java.desktop");
    }

    private static List<String> requires(Path jar) {
        try {
            return original(jar).requires().stream().map(Requires::name).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void image_withPatchedModules_loadsTheLibraryAndHasNoDesktop() throws Exception {
        Path image = temporary.resolve("image");
        run(List.of(
                JDK.resolve("bin/jlink").toString(),
                "--module-path=" + patch(JnaModules.hostSystem()),
                "--add-modules=com.sun.jna.platform",
                "--add-options=" + String.join(" ", JnaModules.JVM_OPTIONS) + " --enable-native-access="
                        + JnaModules.NATIVE_ACCESS,
                "--output=" + image));
        String java = image.resolve("bin/java").toString();

        assertThat(run(List.of(java, "--list-modules")))
                .contains("com.sun.jna", "com.sun.jna.platform")
                .doesNotContain("java.desktop");
        run(List.of(java, "--validate-modules"));
        Path empty = Files.createDirectory(temporary.resolve("tmp"));
        String probe = run(List.of(
                java, "-Djava.io.tmpdir=" + empty, "--module-path=" + compiledProbe(), "-m", "probe/probe.Main"));
        assertThat(probe).isEqualTo("5 42\n");
        assertThat(empty).isEmptyDirectory();
    }

    /** Calls a function by an interface that its module exports to nobody, as the provider for Windows does. */
    private String compiledProbe() throws Exception {
        Path source = temporary.resolve("src/probe/Main.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, """
                package probe;

                import com.sun.jna.Library;
                import com.sun.jna.Memory;
                import com.sun.jna.Native;

                public final class Main {
                    interface Functions extends Library {
                        int abs(int number);
                    }

                    public static void main(String[] args) {
                        Memory memory = new Memory(4);
                        memory.setInt(0, 42);
                        System.out.println(Native.load("c", Functions.class).abs(-5) + " " + memory.getInt(0));
                    }
                }
                """);
        Path descriptor =
                Files.writeString(temporary.resolve("src/module-info.java"), "module probe { requires com.sun.jna; }");
        Path classes = temporary.resolve("classes");
        run(List.of(
                JDK.resolve("bin/javac").toString(),
                "--module-path=" + modulePath,
                "-d",
                classes.toString(),
                source.toString(),
                descriptor.toString()));
        return classes.toString();
    }

    @Test
    void module_forWindows_hasItsLibraryAndNoOther() throws Exception {
        patch("win32-x86-64");
        Path jmod = temporary
                .resolve("patched/modules")
                .resolve(jars.stream()
                        .map(jar -> jar.getFileName().toString().replace(".jar", ".jmod"))
                        .filter(name -> name.startsWith("jna-jpms"))
                        .findFirst()
                        .orElseThrow());

        String content = run(List.of(JDK.resolve("bin/jmod").toString(), "list", jmod.toString()));

        assertThat(content.lines().filter(line -> line.matches(".*\\.(so|dll|jnilib|a)")))
                .containsExactly("lib/jnidispatch.dll");
        assertThat(run(List.of(JDK.resolve("bin/jmod").toString(), "describe", jmod.toString())))
                .contains("platform windows-amd64", "requires java.logging")
                .doesNotContain("java.desktop");
    }

    @Test
    void patch_systemThatJnaDoesNotKnow_failsByName() {
        assertThatThrownBy(() -> patch("win32-mips"))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContaining("win32-mips");
    }

    @Test
    void jars_ofAModulePathWithoutJna_areNone() throws IOException {
        Files.writeString(temporary.resolve("other.jar"), "");

        assertThat(JnaModules.jars(temporary + File.pathSeparator + temporary.resolve("other.jar")))
                .isEmpty();
    }
}
