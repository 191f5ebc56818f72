package updater.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.FileEntry;
import updater.fs.faulty.FaultyDisk;
import updater.fs.faulty.FaultyDisk.Fault;

@EnabledOnOs(OS.LINUX)
final class SmallFileTests extends InDirectory {
    @Test
    void replace_systemTellsNoPath_isNamed() throws IOException {
        for (String operation : List.of("write", "force")) {
            FaultyDisk disk = new FaultyDisk(Disk.ofHost()).failingBefore(next -> {
                if (next.name().equals(operation) && next.path().contains("small")) {
                    throw new IOException("Input/output error");
                }
            });
            try (Directory faulty = disk.open(temp)) {
                assertThatExceptionOfType(FileSystemException.class)
                        .isThrownBy(() -> SmallFile.replace(faulty, "small", new byte[] {1}, 0600))
                        .withMessageContaining(temp.toString() + "/")
                        .withMessageContaining("Input/output error");
            }
        }
    }

    @Test
    void read_returnsUpToTheLimit() throws IOException {
        Files.write(temp.resolve("file"), new byte[20_000]);
        assertThat(SmallFile.read(directory, "file", 20_000))
                .hasValueSatisfying(bytes -> assertThat(bytes).hasSize(20_000));
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> SmallFile.read(directory, "file", 19_999))
                .withMessageContaining("19999");
        assertThat(SmallFile.read(directory, "none", 10)).isEmpty();
        assertThat(SmallFile.read(directory, "file", 20_000).orElseThrow()).containsOnly(0);
    }

    /** As a file system in user space has it, whose agent renames a new file over its old one just then. */
    @Test
    void anyLook_replacedSinceItsNameWasLookedUp_isLookedUpAnew() throws IOException {
        Files.writeString(temp.resolve("file"), "content");
        int[] stale = {3};
        Directory replacing = new ForwardingDirectory(directory) {
            @Override
            public Pinned pin(String name) throws IOException {
                if (stale[0]-- > 0) {
                    throw new StaleFileException(name, "Stale file handle");
                }
                return super.pin(name);
            }
        };

        assertThat(SmallFile.read(replacing, "file", 100)).hasValue("content".getBytes(UTF_8));
        stale[0] = 3;
        SmallFile.replace(replacing, "file", new byte[] {1}, 0600);
        assertThat(SmallFile.read(directory, "file", 100)).hasValue(new byte[] {1});

        stale[0] = Integer.MAX_VALUE;
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> SmallFile.read(replacing, "file", 100))
                .withMessageContaining("Stale file handle");
    }

    @Test
    void read_ofAnythingButAFile_isRefusedAtOnce() throws IOException, InterruptedException {
        ChildJvm.shell("cd \"$1\"; mkfifo fifo; mkdir directory; ln -s /dev/zero link; truncate -s 8G sparse", temp);
        for (String name : new String[] {"fifo", "directory", "link", "sparse"}) {
            assertThatThrownBy(() -> SmallFile.read(directory, name, 1 << 20))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(temp.resolve(name).toString());
        }
    }

    @Test
    void replace_ofANewFile_givesItTheMode() throws IOException {
        SmallFile.replace(directory, "file", "text".getBytes(UTF_8), 0604);
        assertThat(temp.resolve("file")).hasContent("text");
        assertThat(directory.lookup("file").orElseThrow().mode()).isEqualTo(0604);
        assertThat(AllNames.of(directory)).containsExactly("file");
    }

    @Test
    void replace_ofAFile_keepsOwnerModeAndAcl() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.isRoot() && ChildJvm.has("setfacl"));
        Path file = Files.writeString(temp.resolve("file"), "old");
        ChildJvm.shell("chown 12:34 \"$1\"; chmod 640 \"$1\"; setfacl -m u:77:r \"$1\"", file);
        FileEntry before = directory.lookup("file").orElseThrow();
        SmallFile.replace(directory, "file", "new".getBytes(UTF_8), 0600);
        FileEntry after = directory.lookup("file").orElseThrow();
        assertThat(file).hasContent("new");
        assertThat(after.sameInode(before)).isFalse();
        assertThat(after.stat().uid()).isEqualTo(12);
        assertThat(after.stat().gid()).isEqualTo(34);
        assertThat(after.mode()).isEqualTo(before.mode());
        assertThat(directory.attributes("file")).containsOnlyKeys("system.posix_acl_access");
    }

    @Test
    void replace_ofALink_replacesTheLink() throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "victim");
        Files.createSymbolicLink(temp.resolve("file"), victim);
        Files.createSymbolicLink(temp.resolve(SmallFile.temporaryName("file")), victim);
        SmallFile.replace(directory, "file", "new".getBytes(UTF_8), 0600);
        assertThat(victim).hasContent("victim");
        assertThat(temp.resolve("file")).isRegularFile().hasContent("new");
        assertThat(AllNames.of(directory)).containsExactly("file", "victim");
    }

    @Test
    void replace_failingAnywhere_leavesOldOrNew_andNoTemporaryFile() throws IOException {
        int operations = replaceThrough(new FaultyDisk(Disk.ofHost())).count();
        assertThat(operations).isGreaterThan(5);
        for (int i = 2; i <= operations; i++) {
            Files.writeString(temp.resolve("file"), "old");
            FaultyDisk faulty = new FaultyDisk(Disk.ofHost()).failingBefore(Fault.at(i, "no space"));
            assertThatThrownBy(() -> replaceThrough(faulty)).hasMessageContaining("no space");
            assertThat(Files.readString(temp.resolve("file"))).isIn("old", "new");
            assertThat(AllNames.of(directory)).containsExactly("file");
        }
    }

    @Test
    void replace_killedAnywhere_leavesOldOrNew_andCanBeRepeated() throws IOException {
        int operations = replaceThrough(new FaultyDisk(Disk.ofHost())).count();
        for (int i = 1; i <= operations; i++) {
            Files.writeString(temp.resolve("file"), "old");
            FaultyDisk faulty = new FaultyDisk(Disk.ofHost()).failingBefore(Fault.killAt(i));
            assertThatThrownBy(() -> replaceThrough(faulty)).isInstanceOf(FaultyDisk.Killed.class);
            assertThat(Files.readString(temp.resolve("file"))).isIn("old", "new");
            SmallFile.replace(directory, "file", "new".getBytes(UTF_8), 0600);
            assertThat(AllNames.of(directory)).containsExactly("file");
        }
    }

    @Test
    void replace_forcesTheFileBeforeTheRename_andTheDirectoryAfterIt() throws IOException {
        assertThat(replaceThrough(new FaultyDisk(Disk.ofHost())).log())
                .extracting(FaultyDisk.Operation::name)
                .containsSubsequence("createFile", "write", "chmod", "force", "rename", "force");
    }

    private FaultyDisk replaceThrough(FaultyDisk disk) throws IOException {
        try (Directory through = disk.open(temp)) {
            SmallFile.replace(through, "file", "new".getBytes(UTF_8), 0600);
        }
        return disk;
    }
}
