package updater.transaction.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.faulty.FaultyDisk;

/** A backup and what was placed over it, on two mounts as it were. */
final class CrossMountCopyTests {
    private final FaultyDisk disk = new FaultyDisk(Disk.ofHost());
    private Path backup;
    private Path home;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        backup = Files.createDirectory(directory.resolve("backup"));
        home = Files.createDirectory(directory.resolve("home"));
        Files.writeString(backup.resolve("file"), "old");
        Files.writeString(home.resolve("file"), "new");
    }

    private void putBack() throws IOException {
        try (Directory from = disk.open(backup);
                Directory to = disk.open(home)) {
            CrossMountCopy.putBack(from, "file", to, "file");
        }
    }

    private void assertNothingElse() throws IOException {
        try (Stream<Path> there = Files.list(home)) {
            assertThat(there).containsExactly(home.resolve("file"));
        }
    }

    @Test
    void putBack_ofAReplacedFile_restoresItAndKeepsTheBackup() throws IOException {
        putBack();

        assertThat(home.resolve("file")).hasContent("old");
        assertThat(backup.resolve("file")).hasContent("old");
        assertNothingElse();
    }

    @Test
    void putBack_withoutRoomForBoth_removesTheNewOneFirst() throws IOException {
        disk.failingBefore(operation -> {
            if (operation.name().equals("createFile") && Files.exists(home.resolve("file"))) {
                throw new FileSystemException(operation.path(), null, "No space left on device");
            }
        });

        putBack();

        assertThat(home.resolve("file")).hasContent("old");
        assertNothingElse();
    }

    @Test
    void putBack_thatFailsOtherwise_leavesTheNewOne() {
        disk.failingBefore(operation -> {
            if (operation.name().equals("createFile")) {
                throw new FileSystemException(operation.path(), null, "Input/output error");
            }
        });

        assertThatThrownBy(this::putBack).hasMessageContaining("Input/output error");
        assertThat(home.resolve("file")).hasContent("new");
    }

    /** On a full disk, what was never replaced needs no room. */
    @Test
    void putBack_ofAFileThatIsThere_touchesNothing() throws IOException {
        putBack();
        int before = disk.count();

        putBack();

        assertThat(disk.count()).isEqualTo(before);
    }
}
