package updater.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a lock is, by the kernel's own list. */
@EnabledOnOs(OS.LINUX)
class FileLocksTests {
    @TempDir
    Path directory;

    private Path proc;
    private Path file;
    private FileLocks locks;

    @BeforeEach
    void makeHost() throws IOException {
        proc = Files.createDirectory(directory.resolve("proc"));
        file = Files.writeString(directory.resolve("lock"), "");
        Files.createDirectories(proc.resolve("77/fd"));
        Files.createSymbolicLink(proc.resolve("77/fd/4"), file);
        Files.createDirectories(proc.resolve("78/fd"));
        Files.createSymbolicLink(proc.resolve("78/fd/4"), directory);
        locks = new FileLocks(proc);
    }

    private void list(String line) throws IOException {
        Files.writeString(
                proc.resolve("locks"),
                "1: POSIX  ADVISORY  READ 5 00:1a:1 0 EOF\n"
                        + line.replace(
                                "INODE", Files.getAttribute(file, "unix:ino").toString()) + "\n");
    }

    @Test
    void holder_ofALockOnThisHost_isItsProcess() throws IOException {
        FileLocks here = new FileLocks(Path.of("/proc"));
        assertThat(here.holder(file)).isEmpty();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.lock();
            assertThat(here.holder(file)).contains(ProcessHandle.current().pid());
        }
        assertThat(here.holder(file)).isEmpty();
    }

    /** The number of the device is another one than the file's own on overlayfs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2: POSIX  ADVISORY  WRITE 77 fe:01:INODE 0 EOF",
                "2: FLOCK  ADVISORY  WRITE 77 00:2f:INODE 0 EOF",
                "2: OFDLCK ADVISORY  WRITE 77 00:2f:INODE 0 0"
            })
    void holder_ofAnExclusiveLock_isItsProcess(String line) throws IOException {
        list(line);

        assertThat(locks.holder(file)).contains(77L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2: POSIX  ADVISORY  READ 77 fe:01:INODE 0 EOF",
                "2: -> POSIX  ADVISORY  WRITE 77 fe:01:INODE 0 EOF",
                "2: POSIX  ADVISORY  WRITE 78 fe:01:INODE 0 EOF",
                "2: POSIX  ADVISORY  WRITE 79 fe:01:INODE 0 EOF",
                "2: OFDLCK ADVISORY  WRITE -1 fe:01:INODE 0 EOF",
                "2: POSIX  ADVISORY  WRITE 77 fe:01:1INODE1 0 EOF",
                "2: POSIX  ADVISORY",
                ""
            })
    void holder_ofWhatIsNoLockOnIt_isNobody(String line) throws IOException {
        list(line);

        assertThat(locks.holder(file)).isEmpty();
    }

    @Test
    void holder_withoutFileOrList_isNobody() {
        assertThat(locks.holder(file)).isEmpty();
        assertThat(locks.holder(directory.resolve("none"))).isEmpty();
    }
}
