package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.Stat;
import updater.api.SystemTicker;

/** What only handles can do. */
@EnabledOnOs(OS.LINUX)
final class LinuxDirectoryTests {
    @TempDir
    Path temp;

    private final Disk disk = Disk.ofHost();

    @Test
    void ofHost_onLinux_usesHandles() {
        assertThat(LinuxDisk.ofHost(new SystemTicker())).isPresent();
    }

    @Test
    void handle_staysOnItsDirectory_whenThePathIsReplacedByALink() throws IOException {
        Path inside = Files.createDirectory(temp.resolve("inside"));
        Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
        try (Directory directory = disk.open(temp);
                Directory child = directory.child("inside")) {
            Files.move(inside, temp.resolve("moved"));
            Files.createSymbolicLink(inside, elsewhere);
            child.create("file", 0600).close();
        }
        assertThat(elsewhere).isEmptyDirectory();
        assertThat(temp.resolve("moved/file")).exists();
    }

    @Test
    void pinned_changesTheInodeThatWasPinned_notTheLinkPutInItsPlace() throws IOException {
        Path victim = Files.createFile(temp.resolve("victim"));
        Files.setAttribute(victim, "unix:mode", 0600);
        Path file = Files.createFile(temp.resolve("file"));
        try (Directory directory = disk.open(temp);
                Pinned pinned = directory.pin("file")) {
            Files.move(file, temp.resolve("aside"));
            Files.createSymbolicLink(file, victim);
            pinned.chmod(0777);
            pinned.touch(Instant.EPOCH);
            pinned.setAttributes(Map.of("user.note", Bytes.of(new byte[] {1})));
            assertThat(directory.attributes("victim")).isEmpty();
            assertThat(directory.lookup("victim").orElseThrow().mode()).isEqualTo(0600);
            assertThat(directory.lookup("aside").orElseThrow().mode()).isEqualTo(0777);
            assertThat(directory.attributes("aside")).containsOnlyKeys("user.note");
        }
    }

    /** It is proven when the file is changed, not when it was pinned. */
    @Test
    void pinFile_whoseNameIsElsewhereSince_isNotChanged() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
        try (Directory directory = disk.open(temp);
                Pinned pinned = directory.pinFile("file")) {
            Files.move(file, elsewhere.resolve("file"));
            assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.own(12, 34));
            assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.chmod(0777));
            assertThatExceptionOfType(SharedFileException.class)
                    .isThrownBy(() -> pinned.setAttributes(Map.of("user.note", Bytes.of(new byte[] {1}))));
        }
    }

    @Test
    void pinned_link_isChangedItself() throws IOException {
        Path victim = Files.createFile(temp.resolve("victim"));
        Files.createSymbolicLink(temp.resolve("link"), victim);
        try (Directory directory = disk.open(temp)) {
            Optional<FileEntry> before = directory.lookup("victim");
            try (Pinned link = directory.pin("link")) {
                assertThat(link.entry().linkTarget()).contains(victim.toString());
                link.touch(Instant.EPOCH);
                link.chmod(0);
                if (ChildJvm.isRoot()) {
                    link.own(12, 34);
                }
            }
            assertThat(directory.lookup("victim")).isEqualTo(before);
            assertThat(directory.lookup("link").orElseThrow().stat().modified()).isEqualTo(Instant.EPOCH);
            if (ChildJvm.isRoot()) {
                assertThat(directory.lookup("link").orElseThrow().stat().uid()).isEqualTo(12);
                assertThat(directory.lookup("link").orElseThrow().stat().gid()).isEqualTo(34);
            }
        }
    }

    @Test
    void fifo_isNeverWaitedFor() throws IOException, InterruptedException {
        ChildJvm.shell("mkfifo \"$1\"", temp.resolve("fifo"));
        try (Directory directory = disk.open(temp);
                Pinned fifo = directory.pin("fifo")) {
            fifo.chmod(0640);
            fifo.touch(Instant.EPOCH);
            fifo.force();
            assertThat(fifo.attributes()).isEmpty();
            assertThat(directory.attributes("fifo")).isEmpty();
            assertThatThrownBy(fifo::read).isInstanceOf(IOException.class);
            assertThatThrownBy(fifo::write).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.child("fifo")).isInstanceOf(IOException.class);
            assertThat(directory.lookup("fifo").orElseThrow().stat().modified()).isEqualTo(Instant.EPOCH);
        }
    }

    @Test
    void symlink_holdsExactlyItsText() throws IOException {
        try (Directory directory = disk.open(temp)) {
            for (String target : new String[] {"a//b/", "../../x", "ä\n", "/", "."}) {
                directory.symlink("link", target);
                assertThat(directory.lookup("link").orElseThrow().linkTarget()).contains(target);
                assertThat(ChildJvm.shell("readlink -n \"$1\"", temp.resolve("link")))
                        .isEqualTo(target);
                directory.delete("link");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Who owns home may put any bytes into a link: it is backed up, restored and removed like all others. */
    @Test
    void linkThatIsNotText_isCopiedByteForByte() throws IOException, InterruptedException {
        String bytes = "a\\377b\\200\\355\\260\\200\\303\\244\\360\\237\\230\\200\\360\\237";
        ChildJvm.shell("ln -s \"$(printf '" + bytes + "')\" \"$1\"", temp.resolve("link"));
        try (Directory directory = disk.open(temp)) {
            FileEntry copied = FileCopy.copy(directory, "link", directory, "copy");
            assertThat(directory.lookup("copy").orElseThrow().linkTarget()).isEqualTo(copied.linkTarget());
            assertThat(ChildJvm.shell("readlink -n \"$1\" | od -An -tx1", temp.resolve("copy")))
                    .isEqualTo(ChildJvm.shell("readlink -n \"$1\" | od -An -tx1", temp.resolve("link")))
                    .contains("61 ff 62 80 ed b0 80 c3 a4 f0 9f 98 80 f0 9f");
            TreeRemoval.remove(directory, "copy");
            assertThat(AllNames.of(directory)).containsExactly("link");
        }
    }

    @Test
    void isEmpty_aNameThatIsNotText_isNotNothing() throws IOException, InterruptedException {
        try (Directory directory = disk.open(temp)) {
            assertThat(directory.isEmpty()).isTrue();
            ChildJvm.shell("cd \"$1\"; : > \"$(printf 'a\\377b')\"", temp);
            assertThat(directory.isEmpty()).isFalse();
        }
    }

    @Test
    void names_thatAreNotText_areRefusedAndCanBeRenamed() throws IOException, InterruptedException {
        ChildJvm.shell("cd \"$1\"; : > \"$(printf 'a\\377b')\"; mkdir \"$(printf '\\200')\"; : > fine", temp);
        try (Directory directory = disk.open(temp)) {
            assertThatExceptionOfType(UnusableNameException.class)
                    .isThrownBy(() -> AllNames.of(directory))
                    .withMessageContaining(temp.toString());
            directory.renameUnusable();
            assertThat(AllNames.of(directory))
                    .hasSize(3)
                    .contains("fine")
                    .filteredOn(name -> name.startsWith("unusable-"))
                    .hasSize(2);
        }
    }

    @Test
    void attributes_areMadeExactlyAsGiven() throws IOException {
        Files.createFile(temp.resolve("file"));
        Map<String, Bytes> first = Map.of("user.a", Bytes.of(new byte[] {1}), "user.b", Bytes.of(new byte[0]));
        Map<String, Bytes> second = Map.of("user.b", Bytes.of(new byte[3000]), "user.c", Bytes.of(new byte[] {9}));
        try (Directory directory = disk.open(temp);
                Pinned file = directory.pin("file")) {
            file.setAttributes(first);
            assertThat(directory.attributes("file")).isEqualTo(first);
            file.setAttributes(second);
            assertThat(file.attributes()).isEqualTo(second);
            FileEntry before = directory.lookup("file").orElseThrow();
            file.setAttributes(second);
            assertThat(directory.lookup("file").orElseThrow().stat().changed())
                    .isEqualTo(before.stat().changed());
            file.setAttributes(Map.of());
            assertThat(directory.attributes("file")).isEmpty();
        }
    }

    @Test
    void attributes_ofManyLongNames_areAllRead() throws IOException, InterruptedException {
        // ext4 keeps the attributes of an inode in one block; tmpfs has no such limit.
        Path roomy = Files.createTempDirectory(Path.of("/dev/shm"), "updater");
        try (Directory directory = disk.open(roomy)) {
            Files.createFile(roomy.resolve("file"));
            Map<String, Bytes> many = new LinkedHashMap<>();
            for (int i = 0; i < 60; i++) {
                many.put("trusted." + "x".repeat(200) + i, Bytes.of(new byte[i * 100]));
            }
            assumeTrue(ChildJvm.isRoot());
            try (Pinned file = directory.pin("file")) {
                file.setAttributes(many);
            }
            assertThat(directory.attributes("file")).isEqualTo(many);
        } finally {
            ChildJvm.shell("rm -r \"$1\"", roomy);
        }
    }

    @Test
    void own_asRoot_changesOwnerAndGroup_andOnlyWhenTheyDiffer() throws IOException {
        assumeTrue(ChildJvm.isRoot());
        Files.createFile(temp.resolve("file"));
        try (Directory directory = disk.open(temp);
                Pinned file = directory.pin("file")) {
            file.own(4_000_000_000L, 77);
            file.chmod(06755);
            assertThat(directory.lookup("file").orElseThrow().stat().uid()).isEqualTo(4_000_000_000L);
            assertThat(directory.lookup("file").orElseThrow().stat().gid()).isEqualTo(77);
            file.own(4_000_000_000L, 77);
            assertThat(directory.lookup("file").orElseThrow().mode()).isEqualTo(06755);
        }
    }

    @Test
    void close_givesItsDescriptorBack_andEndsItsUse() throws IOException {
        Files.createFile(temp.resolve("file"));
        long before = descriptors();
        Directory directory = disk.open(temp);
        Pinned pinned = directory.pin("file");
        assertThat(descriptors()).isEqualTo(before + 2);
        pinned.data(0);
        pinned.close();
        pinned.close();
        Pinned readable = directory.pinFile("file");
        assertThat(descriptors()).isEqualTo(before + 2);
        readable.data(0);
        readable.close();
        readable.close();
        directory.close();
        directory.close();
        assertThat(descriptors()).isEqualTo(before);
        assertThatIllegalStateException().isThrownBy(() -> AllNames.of(directory));
        assertThatIllegalStateException().isThrownBy(pinned::attributes);
    }

    @Test
    void failures_leakNoDescriptor() throws IOException {
        Files.createSymbolicLink(temp.resolve("link"), Path.of("x"));
        try (Directory directory = disk.open(temp)) {
            Stat self = directory.self();
            long before = descriptors();
            assertThatThrownBy(() -> directory.child("link")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.child("none")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.pin("none")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.pinFile("none")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.pinFile("link")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.pinKnown("link", new FileEntry("", self)))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.read("link")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> directory.createFile("link")).isInstanceOf(IOException.class);
            assertThat(descriptors()).isEqualTo(before);
        }
    }

    /** Counts what is open below the temporary directory; the rest of the process opens and closes as it likes. */
    private long descriptors() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path path : open) {
                try {
                    count += Files.readSymbolicLink(path).startsWith(temp) ? 1 : 0;
                } catch (NoSuchFileException e) {
                    // Closed since it was listed.
                }
            }
        }
        return count;
    }

    @Test
    void data_findsTheHoles() throws IOException, InterruptedException {
        Path file = temp.resolve("sparse");
        ChildJvm.shell("truncate -s 10M \"$1\"; printf x | dd of=\"$1\" bs=1 seek=5242880 conv=notrunc 2>&1", file);
        try (Directory directory = disk.open(temp);
                Pinned pinned = directory.pin("sparse")) {
            Pinned.Extent data = pinned.data(0);
            assertThat(data.start()).isPositive().isLessThanOrEqualTo(5_242_880);
            assertThat(data.end()).isGreaterThan(5_242_880).isLessThan(10 << 20);
            Pinned.Extent rest = pinned.data(data.end());
            assertThat(rest.isEmpty()).isTrue();
            assertThat(rest.start()).isEqualTo(10 << 20);
        }
    }
}
