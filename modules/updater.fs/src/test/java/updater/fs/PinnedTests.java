package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.Stat;

/** What every implementation does alike with a pinned file or directory. */
final class PinnedTests extends EveryDirectory {
    @ParameterizedTest
    @EnumSource
    void pinFile_ofAnythingButAFile_isRefused(Kind kind) throws IOException, InterruptedException {
        Files.createSymbolicLink(temp.resolve("link"), Files.createFile(temp.resolve("file")));
        Files.createDirectory(temp.resolve("directory"));
        ChildJvm.shell("mkfifo \"$1\"", temp.resolve("fifo"));
        try (Directory directory = open(kind)) {
            directory.pinFile("file").close();
            assertThatThrownBy(() -> directory.pinFile("link")).hasMessageContaining("SYMLINK");
            assertThatThrownBy(() -> directory.pinFile("fifo")).hasMessageContaining("SPECIAL");
            assertThatThrownBy(() -> directory.pinFile("directory")).hasMessageContaining("DIRECTORY");
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.pinFile("none"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void pinFile_readsTheStart_andChangesMetadata(Kind kind) throws IOException {
        Files.writeString(temp.resolve("file"), "0123456789");
        try (Directory directory = open(kind)) {
            try (Pinned file = directory.pinFile("file")) {
                for (ByteBuffer buffer : List.of(ByteBuffer.allocateDirect(16), ByteBuffer.allocate(16))) {
                    file.readStart(buffer.limit(4));
                    assertThat(StandardCharsets.UTF_8.decode(buffer.flip()).toString())
                            .isEqualTo("0123");
                    file.readStart(buffer.clear());
                    assertThat(StandardCharsets.UTF_8.decode(buffer.flip()).toString())
                            .isEqualTo("0123456789");
                }
                file.setAttributes(Map.of("user.note", Bytes.of(new byte[] {1})));
                assertThat(file.attributes()).containsOnlyKeys("user.note");
                assertThat(file.data(3)).isEqualTo(new Pinned.Extent(3, 10));
                file.chmod(0611);
            }
            assertThat(directory.lookup("file").orElseThrow().mode()).isEqualTo(0611);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pinFile_withAnotherLink_isReadButNotChanged(Kind kind) throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "x");
        Files.createLink(temp.resolve("second"), file);
        try (Directory directory = open(kind);
                Pinned pinned = directory.pinFile("file")) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1);
            pinned.readStart(buffer);
            assertThat(buffer.get(0)).isEqualTo((byte) 'x');
            FileEntry before = directory.lookup("file").orElseThrow();
            assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.chmod(0777));
            assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.own(1, 1));
            assertThat(directory.lookup("file")).isEqualTo(Optional.of(before));
        }
    }

    @ParameterizedTest
    @EnumSource
    void pinned_changesMetadata(Kind kind) throws IOException {
        Files.createFile(temp.resolve("file"));
        Instant time = Instant.parse("1999-12-31T23:59:59.000000001Z");
        try (Directory directory = open(kind)) {
            try (Pinned file = directory.pin("file")) {
                file.chmod(04751);
                file.touch(time);
                assertThat(file.entry().path()).isEqualTo("file");
            }
            FileEntry entry = directory.lookup("file").orElseThrow();
            assertThat(entry.mode()).isEqualTo(04751);
            assertThat(entry.stat().modified()).isEqualTo(time);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pinned_fileWithAnotherLink_isNotChanged(Kind kind) throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        Files.createLink(temp.resolve("second"), file);
        try (Directory directory = open(kind)) {
            FileEntry before = directory.lookup("file").orElseThrow();
            try (Pinned pinned = directory.pin("file")) {
                assertThatExceptionOfType(SharedFileException.class)
                        .isThrownBy(() -> pinned.chmod(0777))
                        .withMessageContaining(file.toString());
                assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.own(1, 1));
                assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.touch(Instant.EPOCH));
                assertThatExceptionOfType(SharedFileException.class).isThrownBy(() -> pinned.setAttributes(Map.of()));
            }
            assertThat(directory.lookup("file")).isEqualTo(Optional.of(before));
            try (Pinned pinned = directory.pinKnown("file", before)) {
                pinned.chmod(0611);
            }
            assertThat(directory.lookup("file").orElseThrow().mode()).isEqualTo(0611);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pinKnown_anotherFile_isRefused(Kind kind) throws IOException {
        Files.createFile(temp.resolve("file"));
        Files.createFile(temp.resolve("other"));
        try (Directory directory = open(kind)) {
            FileEntry other = directory.lookup("other").orElseThrow();
            assertThatThrownBy(() -> directory.pinKnown("file", other))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(temp.resolve("file").toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void force_ofFileDirectoryAndFileSystem_changesNeitherContentNorMetadata(Kind kind) throws IOException {
        Files.writeString(Files.createDirectory(temp.resolve("directory")).resolve("file"), "content");
        try (Directory directory = open(kind);
                Directory child = directory.child("directory")) {
            FileEntry file = child.lookup("file").orElseThrow();
            Stat self = child.self();

            child.forceFile("file");
            child.force();
            directory.syncFileSystem();
            try (Pinned pinned = child.pinSelf()) {
                pinned.force();
            }

            assertThat(child.lookup("file")).contains(file);
            assertThat(child.self()).isEqualTo(self);
            assertThat(temp.resolve("directory/file")).hasContent("content");
        }
    }

    @ParameterizedTest
    @EnumSource
    void force_ofWhatIsNotThere_failsWithItsName(Kind kind) throws IOException {
        try (Directory directory = open(kind)) {
            assertThatExceptionOfType(NoSuchFileException.class)
                    .isThrownBy(() -> directory.forceFile("none"))
                    .withMessageContaining(temp.resolve("none").toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void pinSelf_changesTheDirectory(Kind kind) throws IOException {
        Files.createDirectory(temp.resolve("directory"));
        try (Directory directory = open(kind);
                Directory child = directory.child("directory")) {
            try (Pinned self = child.pinSelf()) {
                self.chmod(0750);
                self.touch(Instant.EPOCH);
            }
            assertThat(directory.lookup("directory").orElseThrow().mode()).isEqualTo(0750);
            assertThat(child.self().modified()).isEqualTo(Instant.EPOCH);
        }
    }
}
