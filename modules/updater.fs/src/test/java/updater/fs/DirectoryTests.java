package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/** What every implementation does alike, on the real file system. */
final class DirectoryTests extends EveryDirectory {
    @ParameterizedTest
    @EnumSource
    void open_missingDirectory_saysWhichOne(Kind kind) {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> kind.disk().open(temp.resolve("none")))
                .withMessageContaining(temp.resolve("none").toString());
    }

    @ParameterizedTest
    @EnumSource
    void open_file_isNotADirectory(Kind kind) throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        assertThatExceptionOfType(NotDirectoryException.class)
                .isThrownBy(() -> kind.disk().open(file));
    }

    @ParameterizedTest
    @EnumSource
    void names_areSorted(Kind kind) throws IOException {
        for (String name : new String[] {"b", "ä", "a", "B", "a b", ".hidden", "new\nline"}) {
            Files.createFile(temp.resolve(name));
        }
        try (Directory directory = open(kind)) {
            assertThat(AllNames.of(directory)).containsExactly(".hidden", "B", "a", "a b", "b", "new\nline", "ä");
        }
    }

    @ParameterizedTest
    @EnumSource
    void look_tellsWhatItIs(Kind kind) throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "12345");
        Files.setAttribute(file, "unix:mode", 02640);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z")));
        Files.createLink(temp.resolve("other"), file);
        Files.createSymbolicLink(temp.resolve("link"), Path.of("no/where"));
        Files.createDirectory(temp.resolve("directory"));
        try (Directory directory = open(kind)) {
            FileEntry entry = directory.lookup("file").orElseThrow();
            assertThat(entry.path()).isEqualTo("file");
            assertThat(entry.type()).isEqualTo(FileType.REGULAR);
            assertThat(entry.size()).isEqualTo(5);
            assertThat(entry.mode()).isEqualTo(02640);
            assertThat(entry.stat().modified()).isEqualTo(Instant.parse("2001-02-03T04:05:06.123456789Z"));
            assertThat(entry.stat().links()).isEqualTo(2);
            assertThat(entry.stat().inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
            assertThat(entry.stat().device()).isEqualTo(Files.getAttribute(file, "unix:dev"));
            assertThat(entry.stat().uid()).isEqualTo(((Integer) Files.getAttribute(file, "unix:uid")).longValue());
            assertThat(entry.stat().gid()).isEqualTo(((Integer) Files.getAttribute(file, "unix:gid")).longValue());
            assertThat(entry.stat().changed())
                    .isEqualTo(((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant());
            assertThat(entry.sameInode(directory.lookup("other").orElseThrow())).isTrue();
            assertThat(directory.lookup("link").orElseThrow().linkTarget()).contains("no/where");
            assertThat(directory.lookup("link").orElseThrow().type()).isEqualTo(FileType.SYMLINK);
            assertThat(directory.lookup("directory").orElseThrow().type()).isEqualTo(FileType.DIRECTORY);
            assertThat(directory.lookup("none")).isEmpty();
            assertThat(directory.self().sameInode(PortableStat.read(temp))).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void names_thatAreNoSingleComponent_areRefused(Kind kind) throws IOException {
        try (Directory directory = open(kind)) {
            for (String name : new String[] {"", ".", "..", "a/b", "/", "a\0b"}) {
                assertThatIllegalArgumentException().isThrownBy(() -> directory.lookup(name));
                assertThatIllegalArgumentException().isThrownBy(() -> directory.delete(name));
                assertThatIllegalArgumentException().isThrownBy(() -> directory.rename("x", directory, name));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void child_ofALinkToADirectory_isRefused(Kind kind) throws IOException {
        Files.createDirectory(temp.resolve("real"));
        Files.createSymbolicLink(temp.resolve("link"), Path.of("real"));
        Files.createFile(temp.resolve("file"));
        try (Directory directory = open(kind)) {
            directory.child("real").close();
            assertThatExceptionOfType(NotDirectoryException.class)
                    .isThrownBy(() -> directory.child("link"))
                    .withMessageContaining(temp.resolve("link").toString());
            assertThatExceptionOfType(NotDirectoryException.class).isThrownBy(() -> directory.child("file"));
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.child("none"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void createDirectory_hasExactlyTheMode(Kind kind) throws IOException {
        try (Directory directory = open(kind)) {
            directory.createDirectory("made", 02777);
            assertThat(directory.lookup("made").orElseThrow().mode()).isEqualTo(02777);
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> directory.createDirectory("made", 0700))
                    .withMessageContaining("made");
        }
    }

    @ParameterizedTest
    @EnumSource
    void create_hasExactlyTheMode_andIsExclusive(Kind kind) throws IOException {
        try (Directory directory = open(kind)) {
            try (FileChannel channel = directory.create("file", 0466)) {
                channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            }
            assertThat(directory.lookup("file").orElseThrow().mode()).isEqualTo(0466);
            assertThat(Files.readAllBytes(temp.resolve("file"))).containsExactly(1, 2, 3);
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> directory.create("file", 0600));
        }
    }

    @ParameterizedTest
    @EnumSource
    void create_throughADanglingLink_isRefused(Kind kind) throws IOException {
        Files.createSymbolicLink(temp.resolve("link"), temp.resolve("victim"));
        try (Directory directory = open(kind)) {
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> directory.create("link", 0600));
        }
        assertThat(temp.resolve("victim")).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource
    void rename_replacesALinkItself(Kind kind) throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "victim");
        Files.createSymbolicLink(temp.resolve("link"), victim);
        Files.writeString(temp.resolve("new"), "new");
        try (Directory directory = open(kind)) {
            directory.rename("new", directory, "link");
        }
        assertThat(victim).hasContent("victim");
        assertThat(temp.resolve("link")).isRegularFile().hasContent("new");
    }

    @ParameterizedTest
    @EnumSource
    void rename_ofSomethingMissing_namesBothPaths(Kind kind) throws IOException {
        try (Directory directory = open(kind)) {
            assertThatExceptionOfType(NoSuchFileException.class)
                    .isThrownBy(() -> directory.rename("none", directory, "some"))
                    .withMessageContaining(temp.resolve("none").toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void link_ofALink_linksTheLink(Kind kind) throws IOException {
        Files.createSymbolicLink(temp.resolve("link"), Path.of("anywhere"));
        try (Directory directory = open(kind)) {
            directory.link("link", directory, "second");
            assertThat(directory.lookup("second").orElseThrow().linkTarget()).contains("anywhere");
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> directory.link("link", directory, "second"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void delete_removesEverythingButDirectories(Kind kind) throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "victim");
        Files.createSymbolicLink(temp.resolve("link"), victim);
        Files.createDirectory(temp.resolve("directory"));
        try (Directory directory = open(kind)) {
            directory.delete("link");
            assertThatThrownBy(() -> directory.delete("directory")).isInstanceOf(IOException.class);
            assertThatExceptionOfType(NotDirectoryException.class)
                    .isThrownBy(() -> directory.deleteDirectory("victim"));
            directory.deleteDirectory("directory");
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.delete("link"));
            assertThat(AllNames.of(directory)).containsExactly("victim");
        }
    }

    @ParameterizedTest
    @EnumSource
    void deleteDirectory_ofAFullOne_isRefused(Kind kind) throws IOException {
        Files.createFile(Files.createDirectory(temp.resolve("full")).resolve("file"));
        try (Directory directory = open(kind)) {
            assertThatExceptionOfType(DirectoryNotEmptyException.class)
                    .isThrownBy(() -> directory.deleteDirectory("full"))
                    .withMessageContaining(temp.resolve("full").toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void read_ofAnythingButAFile_isRefused(Kind kind) throws IOException, InterruptedException {
        Files.createSymbolicLink(temp.resolve("link"), Files.createFile(temp.resolve("file")));
        ChildJvm.shell("mkfifo \"$1\"", temp.resolve("fifo"));
        try (Directory directory = open(kind)) {
            directory.read("file").close();
            assertThatThrownBy(() -> directory.read("link")).hasMessageContaining("SYMLINK");
            assertThatThrownBy(() -> directory.read("fifo")).hasMessageContaining("SPECIAL");
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.read("none"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void sameMount_inOneFileSystem_isTrueAndChangesNothing(Kind kind) throws IOException {
        Files.createDirectory(temp.resolve("a"));
        Files.createDirectory(temp.resolve("b"));
        try (Directory directory = open(kind);
                Directory a = directory.child("a");
                Directory b = directory.child("b")) {
            Stat before = a.self();
            assertThat(a.sameMount(b)).isTrue();
            assertThat(a.writable()).isTrue();
            assertThat(a.self()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void space_isTold(Kind kind) throws IOException {
        Space space = kind.disk().space(temp);
        assertThat(space.usableBytes()).isPositive();
        assertThat(space.blockSize()).isPositive();
        assertThat(space.fileSystemType()).isNotEmpty();
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> kind.disk().space(temp.resolve("none")));
    }
}
