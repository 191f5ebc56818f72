package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The runtime that was built, unpacked as an agent does it: elsewhere, with other times. */
@EnabledOnOs(OS.LINUX)
class RuntimeSystemTests {
    private static final Path BUNDLE = Path.of(System.getProperty("bundle"));
    private static final long GOAL_BYTES = 24L << 20;

    @TempDir
    private Path temporary;

    private Path home;
    private Path runtime;
    private Path state;

    @BeforeEach
    void unpack() throws IOException {
        home = Files.createDirectory(temporary.resolve("ho me"));
        Path staged = home.resolve("tmp/latest");
        copy(BUNDLE, staged);
        runtime = staged.resolve("updater-runtime");
        // The name of an unprivileged user's; root's is where the launcher says.
        state = Files.createDirectories(home.resolve(".updater"));
        Files.createSymbolicLink(state.resolve("runtime"), runtime);
        for (Path launcher : List.of(home.resolve("updater"), state.resolve("updater"))) {
            Files.writeString(
                    launcher,
                    Files.readString(staged.resolve("updater"))
                            .replaceFirst("(?m)^state_directory='.*'$", "state_directory='" + state + "'"));
            ImageFiles.setExecutable(launcher, true);
        }
    }

    @Test
    void image_unpackedElsewhereWithOtherTimes_stillFitsItsCache() throws Exception {
        // This mode, unlike the launcher's, refuses to start without the cache.
        Launch launch = Launch.of(temporary, strictly(runtime.resolve("lib/updater.aot")));

        assertThat(launch.exit()).as(launch.out() + launch.err()).isZero();
        assertThat(version().out()).isEqualTo(launch.out()).isNotEmpty();
    }

    enum Damage {
        MISSING,
        EMPTY,
        TRUNCATED,
        GARBAGE,
        OTHER_IMAGE,
        DIRECTORY
    }

    @ParameterizedTest
    @EnumSource
    void cache_thatDoesNotFit_costsSpeedOnlyAndPrintsNothing(Damage damage) throws Exception {
        Launch whole = version();
        Path cache = runtime.resolve("lib/updater.aot");
        byte[] bytes = Files.readAllBytes(cache);
        Files.delete(cache);
        switch (damage) {
            case MISSING -> {}
            case EMPTY -> Files.createFile(cache);
            case TRUNCATED -> Files.write(cache, Arrays.copyOf(bytes, bytes.length / 2));
            case GARBAGE -> {
                new Random(1).nextBytes(bytes);
                Files.write(cache, bytes);
            }
            case OTHER_IMAGE -> {
                Files.write(cache, bytes);
                Path modules = runtime.resolve("lib/modules");
                Files.write(modules, new byte[1], java.nio.file.StandardOpenOption.APPEND);
            }
            case DIRECTORY -> Files.createDirectory(cache);
        }

        assertThat(Launch.of(temporary, strictly(cache)).exit())
                .as("the cache is really out of use")
                .isNotZero();
        Launch launch = version();
        assertThat(launch.exit()).isZero();
        assertThat(launch.err()).isEmpty();
        assertThat(launch.out()).isEqualTo(whole.out());
    }

    @Test
    void launcher_variablesThatAJvmObeys_changesNothing() throws Exception {
        Map<String, String> hostile = Map.of(
                "JAVA_TOOL_OPTIONS", "-Xmx1m",
                "JDK_JAVA_OPTIONS", "-version",
                "_JAVA_OPTIONS", "-Xint",
                "LD_LIBRARY_PATH", "/nowhere",
                "CLASSPATH", "/nowhere");

        Launch launch = Launch.of(temporary, hostile, List.of(state + "/updater", "--version"));

        assertThat(launch.err()).isEmpty();
        assertThat(launch.exit()).isZero();
        assertThat(launch.out()).isEqualTo(version().out());
    }

    /** A virtual machine that cannot start ends with 1 by itself, which would mean that an update was rolled back. */
    @Test
    void update_limitUnderWhichNoVirtualMachineStarts_isRefusedAndNotCalledRolledBack() throws Exception {
        Launch launch = Launch.of(
                temporary,
                Map.of("PATH", "/usr/bin:/bin"),
                List.of("/bin/sh", "-c", "ulimit -v 150000; exec \"$1\"", "sh", home + "/updater"));

        assertThat(launch.exit()).as(launch.err()).isEqualTo(5);
        assertThat(launch.err()).contains("the virtual machine does not start", "a limit of address space");
    }

    @Test
    void image_allOfIt_isRegularFilesOfTheModulesTheDesignNames() throws Exception {
        for (Path file : new ImageFiles(BUNDLE).all()) {
            assertThat(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .as(file.toString())
                    .isTrue();
        }
        assertThat(Launch.of(temporary, List.of(runtime + "/bin/java", "--list-modules"))
                        .out()
                        .lines()
                        .map(line -> line.replaceFirst("@.*", ""))
                        .filter(module -> !module.startsWith("updater.")))
                .containsExactlyInAnyOrder(
                        "java.base", "java.logging", "jdk.unsupported", "com.fasterxml.jackson.core");
    }

    @Test
    void image_packed_isAtMost24MiB() throws Exception {
        Counter counter = new Counter();
        try (OutputStream out = new GZIPOutputStream(counter, 1 << 16)) {
            for (Path file : new ImageFiles(BUNDLE).all()) {
                Files.copy(file, out);
            }
        }
        assertThat(counter.bytes).isBetween(GOAL_BYTES / 2, GOAL_BYTES);
    }

    private Launch version() throws IOException, InterruptedException {
        return Launch.of(temporary, List.of(state + "/updater", "--version"));
    }

    private List<String> strictly(Path cache) {
        return List.of(
                runtime + "/bin/java",
                "-XX:AOTMode=on",
                "-XX:AOTCache=" + cache,
                "-m",
                "updater.app/updater.app.Main",
                "--version");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                Files.setLastModifiedTime(copy, FileTime.from(Instant.EPOCH));
            }
        }
    }

    private static final class Counter extends OutputStream {
        private long bytes;

        @Override
        public void write(int value) {
            bytes++;
        }

        @Override
        public void write(byte[] source, int offset, int length) {
            bytes += length;
        }
    }
}
