package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A launcher with a stand-in for the runtime, a script that prints what it was started with. */
abstract class StandInRuntime {
    static final Path LAUNCHER = Path.of(System.getProperty("launcher"));
    static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    static final String STAND_IN = """
            #!/bin/sh
            echo "pid=$$"
            echo "program=$0"
            echo "directory=$(pwd)"
            echo "umask=$(umask)"
            for stream in 0 1 2; do
                echo "stream$stream=$(readlink /proc/$$/fd/$stream)"
            done
            env | sed 's/^/env./'
            for argument; do
                printf '<<%s>>' "$argument"
            done
            """;

    @TempDir
    Path temporary;

    Path home;
    Path state;

    @BeforeEach
    void makeHome() throws IOException {
        home = Files.createDirectory(temporary.resolve("ho me"));
        state = temporary.resolve("state");
        install(home);
        standIn(home.resolve("tmp/latest/updater-runtime"));
    }

    static Stream<List<String>> shells() {
        return Stream.of(List.of("/bin/dash"), List.of("/bin/bash", "--posix"), List.of("/bin/busybox", "sh"))
                .filter(shell -> Files.isExecutable(Path.of(shell.getFirst())));
    }

    Path stateDirectory() {
        return ROOT ? state : home.resolve(".updater");
    }

    String launcher() {
        return home.resolve("updater").toString();
    }

    /** Packaging replaces the same two values for another product. */
    void install(Path directory) throws IOException {
        install(directory, state.toString());
    }

    static void install(Path directory, String state) throws IOException {
        String text = Files.readString(LAUNCHER)
                .replace(
                        "state_directory='/var/lib/observiq-otel-collector-updater'",
                        "state_directory='" + state + "'");
        assertThat(text).contains("state_directory='" + state + "'");
        executable(directory.resolve("updater"), text);
    }

    static void standIn(Path runtime) throws IOException {
        standIn(runtime, STAND_IN);
    }

    static void standIn(Path runtime, String script) throws IOException {
        Files.createDirectories(runtime.resolve("bin"));
        Files.writeString(runtime.resolve("platform"), "- - - -\n");
        executable(runtime.resolve("bin/java"), script);
    }

    static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    static void remove(Path tree) throws IOException {
        new ImageFiles(tree).remove();
    }
}
