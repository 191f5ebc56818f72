package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Disk;

final class OwnCopyTests {
    private static final long PID = ProcessHandle.current().pid();

    @TempDir
    Path state;

    private Path own;
    private Path other;

    @BeforeEach
    void copy() throws IOException {
        own = Files.createDirectory(state.resolve(OwnCopy.name(PID)));
        other = Files.createDirectory(state.resolve("runtime-1-1"));
        Files.writeString(own.resolve("file"), "text");
    }

    private static void discard(Path javaHome) {
        new OwnCopy(Disk.ofHost(), javaHome, PID).discard();
    }

    @Test
    void discard_ofTheCopyOfThisProcess_removesIt() throws IOException {
        Files.createSymbolicLink(state.resolve("runtime"), Path.of("runtime-1-1"));

        discard(own);
        discard(own);

        assertThat(own).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void discard_ofTheInstalledOne_leavesIt() throws IOException {
        Files.createSymbolicLink(state.resolve("runtime"), own.getFileName());

        discard(own);

        assertThat(own.resolve("file")).exists();
    }

    @Test
    void discard_ofAnotherProcess_leavesIt() {
        discard(other);

        assertThat(other).exists();
    }
}
