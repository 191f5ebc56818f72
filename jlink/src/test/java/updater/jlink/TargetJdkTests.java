package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Images for another machine than the one that links them: what is refused, and which tools are used. */
@EnabledOnOs(OS.LINUX)
final class TargetJdkTests {
    private static final int X86_64 = 62;
    private static final int AARCH64 = 183;
    private static final Path OWN = Path.of(System.getProperty("java.home"));
    private static final String FEATURE = String.valueOf(Runtime.version().feature());

    @TempDir
    private Path temporary;

    /** A processor that this is not. */
    private int foreign;

    private String name;

    @BeforeEach
    void choose() throws IOException {
        boolean arm = Elf.machine(OWN.resolve("bin/java")).orElseThrow().equals("aarch64");
        foreign = arm ? X86_64 : AARCH64;
        name = arm ? "x86_64" : "aarch64";
    }

    @Test
    void ownOne_isOfThisMachine_andLinksItself() throws IOException {
        TargetJdk own = TargetJdk.ownOne();

        assertThat(own.runsHere()).isTrue();
        assertThat(own.jlink("jars")).containsExactly(OWN.resolve("bin/jlink").toString(), "--module-path=jars");
        assertThat(own.strip(Optional.empty())).isEqualTo(Command.onPath("strip"));
    }

    @Test
    void jdkWithModules_isLinkedByTheJlinkThatRunsHere() throws IOException {
        Path jdk = jdk(FEATURE + ".0.1", true);

        TargetJdk target = TargetJdk.in(jdk, List.of("emulator"));

        assertThat(target.runsHere()).isFalse();
        assertThat(target.machine()).contains(name);
        assertThat(target.jlink("jars"))
                .containsExactly(OWN.resolve("bin/jlink").toString(), "--module-path=" + jdk + "/jmods:jars");
    }

    @Test
    void jdkWithoutModules_isLinkedByItsOwnJlinkInTheEmulator() throws IOException {
        Path jdk = jdk(FEATURE, false);

        assertThat(TargetJdk.in(jdk, List.of("emulator", "-L", "root")).jlink("jars"))
                .containsExactly("emulator", "-L", "root", jdk + "/bin/jlink", "--module-path=jars");
        assertThatThrownBy(() -> TargetJdk.in(jdk, List.of()))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContainingAll("has no jmods", "is for " + name, "--emulator");
    }

    @Test
    void jdkOfAnotherJava_isRefused() throws IOException {
        Path jdk = jdk("8.0.400", true);

        assertThatThrownBy(() -> TargetJdk.in(jdk, List.of()))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContainingAll("is of Java 8.0.400", "this is Java " + FEATURE);
    }

    @Test
    void directoryThatIsNoJdk_isRefused() {
        assertThatThrownBy(() -> TargetJdk.in(temporary, List.of()))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContaining(temporary + " is no JDK");
    }

    @Test
    void image_withALibraryOfAnotherMachine_isRefused() throws IOException {
        TargetJdk target = TargetJdk.in(jdk(FEATURE, true), List.of());
        ImageFiles image = new ImageFiles(temporary.resolve("image"));
        elf(image.root().resolve("bin/java"), foreign);
        elf(image.root().resolve("lib/libjava.so"), foreign);
        Files.writeString(image.root().resolve("lib/modules"), "no program");
        target.require(image);

        Path wrong = image.root().resolve("lib/server/libjvm.so");
        Files.createDirectories(wrong.resolveSibling("."));
        Files.copy(OWN.resolve("lib/server/libjvm.so"), wrong);

        assertThatThrownBy(() -> target.require(image))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContainingAll(wrong + " is for ", "the image is to be for " + name);
    }

    @Test
    void image_withoutAProgram_isRefused() throws IOException {
        TargetJdk target = TargetJdk.in(jdk(FEATURE, true), List.of());
        ImageFiles image = new ImageFiles(Files.createDirectories(temporary.resolve("image")));
        Files.createDirectories(image.root().resolve("bin"));
        Files.writeString(image.root().resolve("bin/java"), "#!/bin/sh\n");

        assertThatThrownBy(() -> target.require(image))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContaining("is no program for " + name);
    }

    /** It would fail on files that it does not know, or damage them. */
    @Test
    void strip_ofTheHost_isNotUsedForAnotherMachine() throws IOException {
        TargetJdk target = TargetJdk.in(jdk(FEATURE, true), List.of());

        assertThat(target.strip(Optional.empty())).isEqualTo(Command.onPath(name + "-linux-gnu-strip"));
        assertThat(target.strip(Optional.of(Path.of("/x/strip")))).contains(Path.of("/x/strip"));
    }

    @Test
    void platform_ofAProcessorThatNothingWasTriedOn_isRefused() throws IOException {
        ImageFiles image = new ImageFiles(temporary);
        elf(temporary.resolve("bin/java"), 243);

        assertThatThrownBy(() -> Platform.of(image))
                .isInstanceOf(BuildFailure.class)
                .hasMessageContainingAll("is for riscv64", "x86_64, aarch64");
    }

    @Test
    void librariesOfHosts_ofAnImage_areThoseThatNeitherItNorGlibcHas() throws IOException {
        ImageFiles image = new ImageFiles(temporary.resolve("image"));
        Path lib = Files.createDirectories(image.root().resolve("lib"));
        Path library = OWN.resolve("lib/libnet.so");
        assumeTrue(Elf.read(library).orElseThrow().needed().contains("libjava.so"));
        Files.copy(library, lib.resolve("libnet.so"));

        assertThat(image.librariesOfHosts()).containsEntry("libjava.so", Path.of("lib/libnet.so"));

        Files.copy(OWN.resolve("lib/libjava.so"), lib.resolve("libjava.so"));
        assertThat(image.librariesOfHosts()).doesNotContainKeys("libjava.so", "libc.so.6");
    }

    @Test
    void needed_ofAFileThatIsCutOff_isSaidSo() throws IOException {
        byte[] whole = Files.readAllBytes(OWN.resolve("lib/libnet.so"));
        Path cut = Files.write(temporary.resolve("cut.so"), Arrays.copyOf(whole, 600));

        assertThatThrownBy(() -> Elf.read(cut).orElseThrow().needed()).isInstanceOf(EOFException.class);
        assertThat(Elf.read(Files.writeString(temporary.resolve("text"), "\177ELF")))
                .isEmpty();
    }

    private Path jdk(String version, boolean modules) throws IOException {
        Path jdk = temporary.resolve("jdk");
        elf(jdk.resolve("bin/java"), foreign);
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        if (modules) {
            Files.createDirectories(jdk.resolve("jmods"));
            Files.createFile(jdk.resolve("jmods/java.base.jmod"));
        }
        return jdk;
    }

    /** As much of a file as says what it is for. */
    private static void elf(Path file, int machine) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        header.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).putShort(18, (short) machine);
        Files.createDirectories(file.resolveSibling("."));
        Files.write(file, header.array());
    }
}
