package updater.jlink;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.ModuleRequireInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Makes modules of JNA's jars that fit into an updater's image.
 *
 * <p>JNA requires {@code java.desktop} for what it can do with windows of AWT, which the updater does not; that module and
 * what it requires would add 34 MB. So the line leaves the descriptor; everything else in it stays. Of the native libraries
 * for 28 systems only the one of the image's system is kept, and it goes where the image keeps its own: JNA would otherwise
 * write it into a temporary directory at each run, where somebody else may write too. The image's options say where to look.
 */
final class JnaModules {
    /** Look for the library among those of the image, and nowhere else. */
    static final List<String> JVM_OPTIONS =
            List.of("-Djna.nosys=false", "-Djna.nounpack=true", "-Djna.noclasspath=true");

    /** What may call native code. */
    static final String NATIVE_ACCESS = "com.sun.jna";

    private static final String JNA = "com.sun.jna";
    private static final String UNWANTED = "java.desktop";
    private static final String NATIVES = "com/sun/jna/";
    private static final String DESCRIPTOR = "module-info.class";

    private final Path jdk;
    private final Path output;
    private final String system;

    /**
     * @param jdk whose {@code jmod} is used
     * @param output an empty directory, or one that does not exist
     * @param system the name JNA gives to the image's system, such as {@code win32-x86-64}
     */
    JnaModules(Path jdk, Path output, String system) {
        this.jdk = jdk;
        this.output = output;
        this.system = system;
    }

    /** Returns JNA's name for the system this runs on. */
    static String hostSystem() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").replace("amd64", "x86-64").replace("x86_64", "x86-64");
        return (os.startsWith("windows") ? "win32" : os.startsWith("mac") ? "darwin" : "linux") + "-" + arch;
    }

    /** Returns JNA's jars in a module path; none where nothing in it uses JNA. */
    static List<Path> jars(String modulePath) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String entry : modulePath.split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                try (Stream<Path> jars = Files.list(path)) {
                    jars.filter(JnaModules::isJna).sorted().forEach(found::add);
                }
            } else if (isJna(path)) {
                found.add(path);
            }
        }
        return found;
    }

    private static boolean isJna(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith("jna-") && name.endsWith(".jar");
    }

    /**
     * Makes a {@code .jmod} of each jar, and returns a module path on which they come first.
     *
     * @throws BuildFailure when a jar is not as expected: another version may have changed
     */
    String patch(List<Path> jars, String modulePath) throws IOException, InterruptedException {
        Path modules = Files.createDirectories(output.resolve("modules"));
        for (Path jar : jars) {
            String name = String.valueOf(jar.getFileName()).replaceFirst("\\.jar$", "");
            Path classes = output.resolve(name);
            Path natives = Files.createDirectories(output.resolve(name + "-natives"));
            boolean base = unpack(jar, classes, natives);
            List<String> command = new ArrayList<>(List.of(
                    jdk.resolve("bin").resolve("jmod").toString(), "create", "--class-path", classes.toString()));
            if (base) {
                command.addAll(List.of("--libs", natives.toString()));
            }
            command.addAll(List.of(
                    "--target-platform",
                    targetPlatform(),
                    modules.resolve(name + ".jmod").toString()));
            Command.run(command);
        }
        return modules + File.pathSeparator + modulePath;
    }

    /** As a JDK names its own platform. */
    private String targetPlatform() {
        return system.replace("win32", "windows").replace("darwin", "macos").replace("x86-64", "amd64");
    }

    /** Returns whether it is the jar with the native libraries. */
    private boolean unpack(Path jar, Path classes, Path natives) throws IOException {
        boolean described = false;
        boolean base = false;
        boolean library = false;
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                String name = entry.getName();
                if (entry.isDirectory() || name.endsWith(".a")) {
                    continue;
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    if (name.equals(DESCRIPTOR)
                            || (name.startsWith("META-INF/versions/") && name.endsWith(DESCRIPTOR))) {
                        byte[] patched = patchDescriptor(in.readAllBytes());
                        write(classes.resolve(DESCRIPTOR), patched);
                        described = true;
                        base = moduleName(patched).equals(JNA);
                    } else if (isLibrary(name)) {
                        if (name.startsWith(NATIVES + system + "/")) {
                            write(natives.resolve(name.substring(name.lastIndexOf('/') + 1)), in.readAllBytes());
                            library = true;
                        }
                    } else {
                        write(classes.resolve(name), in.readAllBytes());
                    }
                }
            }
        }
        if (!described || base != library) {
            throw new BuildFailure(jar + " has no module descriptor, or no native library for " + system);
        }
        return base;
    }

    private static boolean isLibrary(String name) {
        return name.startsWith(NATIVES) && name.matches(".*\\.(so|dll|jnilib|dylib)");
    }

    private static void write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    /** Returns the descriptor without the line that is not wanted; the same where it has none. */
    static byte[] patchDescriptor(byte[] descriptor) {
        ClassFile file = ClassFile.of();
        ClassModel model = file.parse(descriptor);
        return file.transformClass(
                model,
                ClassTransform.dropping(element -> element instanceof ModuleAttribute)
                        .andThen(ClassTransform.endHandler(
                                builder -> model.findAttribute(java.lang.classfile.Attributes.module())
                                        .ifPresent(attribute -> builder.with(without(attribute))))));
    }

    private static ModuleAttribute without(ModuleAttribute module) {
        List<ModuleRequireInfo> requires = module.requires().stream()
                .filter(line -> !line.requires().name().stringValue().equals(UNWANTED))
                .toList();
        return ModuleAttribute.of(
                module.moduleName(),
                module.moduleFlagsMask(),
                module.moduleVersion().orElse(null),
                requires,
                module.exports(),
                module.opens(),
                module.uses(),
                module.provides());
    }

    private static String moduleName(byte[] descriptor) {
        return ClassFile.of()
                .parse(descriptor)
                .findAttribute(java.lang.classfile.Attributes.module())
                .map(module -> module.moduleName().name().stringValue())
                .orElse("");
    }
}
