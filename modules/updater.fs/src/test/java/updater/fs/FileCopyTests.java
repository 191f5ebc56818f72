package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.FileEntry;
import updater.fs.faulty.FaultyDisk;
import updater.fs.faulty.FaultyDisk.Fault;

@EnabledOnOs(OS.LINUX)
final class FileCopyTests extends InDirectory {
    private void assertSameButIdentity(String first, String second) throws IOException {
        FileEntry a = directory.lookup(first).orElseThrow();
        FileEntry b = directory.lookup(second).orElseThrow();
        assertThat(b)
                .usingRecursiveComparison()
                .ignoringFields("path", "stat.inode", "stat.changed", "stat.links")
                .isEqualTo(a);
        assertThat(directory.attributes(second)).isEqualTo(directory.attributes(first));
    }

    @Test
    void copy_ofAFile_hasItsContentAndMetadata() throws IOException {
        byte[] content = new byte[700_001];
        new Random(1).nextBytes(content);
        Files.write(temp.resolve("file"), content);
        Files.setAttribute(temp.resolve("file"), "user:note", new byte[] {1, 2});
        Files.setAttribute(temp.resolve("file"), "unix:mode", 0451);
        CRC32C expected = new CRC32C();
        expected.update(content);
        FileEntry source = FileCopy.copy(directory, "file", directory, "copy");
        assertThat(temp.resolve("copy")).hasBinaryContent(content);
        assertSameButIdentity("file", "copy");
        assertThat(source.sameInode(directory.lookup("file").orElseThrow())).isTrue();
        assertThat(source.checksum()).hasValue(expected.getValue());
        assertThat(source.attributes()).containsOnlyKeys("user.note");
        assertThat(Checksum.crc32c(directory, "copy")).isEqualTo(expected.getValue());
    }

    @Test
    void copy_ofAnEmptyFile_isEmpty() throws IOException {
        Files.createFile(temp.resolve("file"));
        assertThat(FileCopy.copy(directory, "file", directory, "copy").checksum())
                .hasValue(0);
        assertThat(temp.resolve("copy")).isEmptyFile();
    }

    @Test
    void copy_asRoot_keepsOwnerSetIdBitsCapabilitiesAndAcl() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.isRoot() && ChildJvm.has("setfacl") && ChildJvm.has("setcap"));
        Path file = Files.writeString(temp.resolve("file"), "content");
        ChildJvm.shell(
                "chown 1234:4321 \"$1\"; chmod 6751 \"$1\"; setfacl -m u:77:rx \"$1\"; setcap cap_net_raw+ep \"$1\"",
                file);
        FileCopy.copy(directory, "file", directory, "copy");
        assertSameButIdentity("file", "copy");
        assertThat(directory.lookup("copy").orElseThrow().mode()).isEqualTo(06751);
        assertThat(directory.attributes("copy")).containsOnlyKeys("security.capability", "system.posix_acl_access");
        assertThat(ChildJvm.shell("getcap \"$1\"", temp.resolve("copy"))).contains("cap_net_raw");
        assertThat(ChildJvm.shell("getfacl -n \"$1\" 2>&1", temp.resolve("copy")))
                .contains("user:77:r-x");
    }

    @Test
    void copy_underADefaultAcl_doesNotInheritIt() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.has("setfacl"));
        Files.createDirectory(temp.resolve("target"));
        ChildJvm.shell("setfacl -d -m u:77:rwx \"$1\"", temp.resolve("target"));
        Files.writeString(temp.resolve("file"), "content");
        Files.setAttribute(temp.resolve("file"), "unix:mode", 0640);
        try (Directory target = directory.child("target")) {
            FileCopy.copy(directory, "file", target, "copy");
            assertThat(target.attributes("copy")).isEmpty();
            assertThat(target.lookup("copy").orElseThrow().mode()).isEqualTo(0640);
        }
    }

    @Test
    void copy_ofALink_isALinkWithTheSameText() throws IOException {
        Files.createSymbolicLink(temp.resolve("link"), Path.of("../any/where"));
        if (ChildJvm.isRoot()) {
            try (Pinned link = directory.pin("link")) {
                link.own(5, 6);
            }
        }
        FileEntry source = FileCopy.copy(directory, "link", directory, "copy");
        assertSameButIdentity("link", "copy");
        assertThat(source.linkTarget()).contains("../any/where");
    }

    @Test
    void copy_ofASparseFile_keepsTheHoles() throws IOException, InterruptedException {
        ChildJvm.shell("""
                cd "$1"
                truncate -s 64M file; printf x | dd of=file bs=1 seek=33554432 conv=notrunc 2>&1
                truncate -s 16M holes
                """, temp);
        FileCopy.copy(directory, "file", directory, "copy");
        FileCopy.copy(directory, "holes", directory, "copy-of-holes");
        assertThat(temp.resolve("copy")).hasSameBinaryContentAs(temp.resolve("file"));
        assertThat(temp.resolve("copy-of-holes")).hasSameBinaryContentAs(temp.resolve("holes"));
        String kilobytes =
                ChildJvm.shell("du -ck \"$1\" \"$2\" | tail -1", temp.resolve("copy"), temp.resolve("copy-of-holes"));
        assertThat(Integer.parseInt(kilobytes.split("\\s+", 2)[0])).isLessThan(64);
    }

    @Test
    void copy_toATakenName_isRefusedAndLeavesIt() throws IOException {
        Files.writeString(temp.resolve("file"), "new");
        Files.writeString(temp.resolve("copy"), "old");
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> FileCopy.copy(directory, "file", directory, "copy"));
        assertThat(temp.resolve("copy")).hasContent("old");
    }

    @Test
    void copy_ofAnythingElse_isRefused() throws IOException, InterruptedException {
        ChildJvm.shell("mkfifo \"$1\"; mkdir \"$2\"", temp.resolve("fifo"), temp.resolve("directory"));
        for (String name : new String[] {"fifo", "directory"}) {
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> FileCopy.copy(directory, name, directory, "copy"))
                    .withMessageContaining(temp.resolve(name).toString());
        }
        assertThat(temp.resolve("copy")).doesNotExist();
    }

    @Test
    void copy_failingAtAnyOperation_leavesNothing() throws IOException {
        Files.writeString(temp.resolve("file"), "content");
        Files.setAttribute(temp.resolve("file"), "user:note", new byte[] {1, 2});
        Files.createSymbolicLink(temp.resolve("link"), Path.of("x"));
        for (String name : new String[] {"file", "link"}) {
            int operations = copyThrough(new FaultyDisk(Disk.ofHost()), name).count();
            assertThat(operations).isGreaterThan(4);
            directory.delete("copy");
            for (int i = 1; i <= operations; i++) {
                FaultyDisk faulty = new FaultyDisk(Disk.ofHost()).failingBefore(Fault.at(i, "no space"));
                assertThatThrownBy(() -> copyThrough(faulty, name)).hasMessageContaining("no space");
                assertThat(directory.lookup("copy")).as("failed at " + i).isEmpty();
            }
        }
    }

    private FaultyDisk copyThrough(FaultyDisk faulty, String name) throws IOException {
        try (Directory through = faulty.open(temp)) {
            FileCopy.copy(through, name, through, "copy");
        }
        return faulty;
    }

    @Test
    void copy_toAnotherDevice_works() throws IOException, InterruptedException {
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "updater");
        try (Directory other = Disk.ofHost().open(memory)) {
            assumeTrue(!directory.sameMount(other));
            byte[] content = new byte[3_000_000];
            new Random(2).nextBytes(content);
            Files.write(temp.resolve("file"), content);
            FileCopy.copy(directory, "file", other, "copy");
            assertThat(memory.resolve("copy")).hasBinaryContent(content);
        } finally {
            ChildJvm.shell("rm -r \"$1\"", memory);
        }
    }

    @Test
    void setAttributes_ofNone_removesAnAcl() throws IOException, InterruptedException {
        assumeTrue(ChildJvm.has("setfacl"));
        Path file = Files.createFile(temp.resolve("file"));
        ChildJvm.shell("setfacl -m u:77:rx \"$1\"", file);
        try (Pinned pinned = directory.pin("file")) {
            pinned.setAttributes(Map.of());
        }
        assertThat(directory.attributes("file")).isEmpty();
    }
}
