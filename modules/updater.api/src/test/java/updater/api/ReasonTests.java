package updater.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReasonTests {
    @Test
    void of_whatTheHostSaid_isThatAlone() {
        assertThat(Reason.of(new FileSystemException("/opt/a", null, "No space left on device")))
                .isEqualTo("No space left on device");
    }

    @Test
    void of_programThatCannotBeStarted_isTheHostsReasonAndNumber() {
        assertThat(Reason.of(new IOException("error=13, Permission denied"))).isEqualTo("Permission denied (error 13)");
        assertThat(Reason.of(new IOException("posix_spawn failed, error: 8 (Exec format error)")))
                .isEqualTo("Exec format error (error 8)");
        assertThat(Reason.of(failure(() -> new ProcessBuilder("/nowhere/at/all").start())))
                .isEqualTo("No such file or directory (error 2)");
    }

    @Test
    void at_knownFile_namesIt() {
        assertThat(Reason.at(new UncheckedIOException(new NoSuchFileException("/opt/a"))))
                .isEqualTo("No such file or directory (/opt/a)");
        assertThat(Reason.at(new IOException("broken"))).isEqualTo("broken");
    }

    @Test
    void of_aKindOfFailureWithoutWords_hasThose() {
        assertThat(Reason.of(new NoSuchFileException("/opt/a"))).isEqualTo("No such file or directory");
        assertThat(Reason.of(new UncheckedIOException(new AccessDeniedException("/opt/a"))))
                .isEqualTo("Permission denied");
    }

    @Test
    void of_realFailures_namesNoClass(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(Reason.of(failure(() -> Files.createDirectory(file)))).isEqualTo("File exists");
        assertThat(Reason.of(failure(() -> {
                    Files.delete(directory);
                    return directory;
                })))
                .doesNotContain("Exception");
        assertThat(Reason.of(failure(() -> Files.newInputStream(file.resolve("below")))))
                .doesNotContain("Exception");
    }

    @Test
    void disk_failureOnAnotherFile_namesIt() {
        UpdateFailure.Disk failure =
                new UpdateFailure.Disk("copy", Path.of("/opt/a"), new NoSuchFileException("/opt/a/b"));

        assertThat(failure).hasMessage("could not copy /opt/a: No such file or directory (/opt/a/b)");
    }

    private interface Operation {
        Object run() throws IOException;
    }

    private static IOException failure(Operation operation) {
        try {
            operation.run();
            throw new AssertionError("it worked");
        } catch (IOException e) {
            return e;
        }
    }
}
