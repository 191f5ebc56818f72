package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.app.host.Host;
import updater.app.host.RootHost;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;

/** An error that nobody expected is never taken for an update that was rolled back. */
final class ProgramTests {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path home;
    private Path state;
    private Path product;

    @BeforeEach
    void install(@TempDir Path directory) throws IOException {
        Path root = directory.toRealPath();
        home = Files.createDirectory(root.resolve("home"));
        state = Files.createDirectory(
                root.resolve("state"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        product = Files.writeString(root.resolve("product.json"), """
                {"name": "agent", "package": "agent", "home": {"linux": {"directory": "%s"}},
                 "state-directory": {"linux": "%s"},
                 "services": {"process": {"name": "agent", "definition": "install/agent.json"}}}
                """.formatted(home, state));
    }

    /** A disk on which opening a directory ends in an error. */
    private record Failing(Disk disk, Path directory, Supplier<Error> error) implements Disk {
        @Override
        public Directory open(Path absoluteDirectory) throws IOException {
            if (absoluteDirectory.equals(directory)) {
                throw error.get();
            }
            return disk.open(absoluteDirectory);
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    private int run(Supplier<Error> error, String command) {
        return new Program(RootHost.printing(err, err)
                        .disk(new Failing(Host.real().disk(), state, error))
                        .host())
                .run(List.of(command, "--product", product.toString(), "--home", home.toString()));
    }

    private static Error error(String name) {
        return switch (name) {
            case "memory" -> new OutOfMemoryError("planted");
            case "stack" -> new StackOverflowError("planted");
            case "linkage" -> new NoClassDefFoundError("planted");
            default -> new AssertionError("planted");
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "stack", "linkage", "assertion"})
    void run_errorWithAJournal_isIncompleteAndKeepsIt(String name) throws IOException {
        Path journal = Files.createFile(state.resolve("journal"));

        assertThat(run(() -> error(name), "recover")).isEqualTo(4);
        assertThat(journal).exists();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("planted", "/updater recover'");
    }

    @Test
    void run_errorWithoutAJournal_isARefusal() {
        assertThat(run(() -> error("memory"), "recover")).isEqualTo(5);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("planted", "No update is unfinished");
    }

    @Test
    void run_errorOfAnotherCommand_isARefusal() {
        assertThat(run(() -> error("memory"), "status")).isEqualTo(5);
    }
}
