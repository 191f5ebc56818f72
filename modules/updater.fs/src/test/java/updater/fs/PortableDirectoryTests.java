package updater.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.github.marschall.memoryfilesystem.MemoryFileSystemBuilder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingConsumer;
import updater.api.FileEntry;
import updater.api.FileType;

/** The path-based implementation on file systems that are not this host's. */
final class PortableDirectoryTests {
    private static void on(MemoryFileSystemBuilder builder, String home, ThrowingConsumer<Directory> test)
            throws Throwable {
        try (FileSystem memory = builder.build()) {
            Path path = Files.createDirectories(memory.getPath(home));
            try (Directory directory = Disk.portable().open(path)) {
                test.accept(directory);
            }
        }
    }

    private static void createsCopiesReplacesAndRemoves(Directory directory) throws IOException {
        directory.createDirectory("sub", 0750);
        try (Directory sub = directory.child("sub")) {
            SmallFile.replace(sub, "file", "content".getBytes(UTF_8), 0640);
            assertThat(SmallFile.read(sub, "file", 100))
                    .hasValueSatisfying(
                            bytes -> assertThat(bytes).asString(UTF_8).isEqualTo("content"));
            FileEntry copied = FileCopy.copy(sub, "file", directory, "copy");
            assertThat(copied.checksum()).hasValue(Checksum.crc32c(directory, "copy"));
            try (Pinned pinned = directory.pin("copy")) {
                pinned.touch(Instant.EPOCH);
            }
            FileEntry entry = directory.lookup("copy").orElseThrow();
            assertThat(entry.type()).isEqualTo(FileType.REGULAR);
            assertThat(entry.size()).isEqualTo(7);
            assertThat(entry.stat().modified()).isEqualTo(Instant.EPOCH);
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> FileCopy.copy(sub, "file", directory, "copy"));
            directory.rename("copy", sub, "file");
            assertThat(directory.lookup("copy")).isEmpty();
            assertThat(directory.sameMount(sub)).isTrue();
            directory.syncFileSystem();
        }
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.child("none"));
        TreeRemoval.remove(directory, "sub");
        assertThat(AllNames.of(directory)).isEmpty();
    }

    @Test
    void directory_onLinuxInMemory_createsCopiesReplacesAndRemoves() throws Throwable {
        on(MemoryFileSystemBuilder.newLinux(), "/home/agent", PortableDirectoryTests::createsCopiesReplacesAndRemoves);
    }

    @Test
    void directory_onMacOsInMemory_createsCopiesReplacesAndRemoves() throws Throwable {
        on(MemoryFileSystemBuilder.newMacOs(), "/opt/agent", PortableDirectoryTests::createsCopiesReplacesAndRemoves);
    }

    @Test
    void directory_onWindowsInMemory_createsCopiesReplacesAndRemovesAndRefusesPathsAsNames() throws Throwable {
        on(MemoryFileSystemBuilder.newWindows(), "C:\\agent", directory -> {
            createsCopiesReplacesAndRemoves(directory);
            for (String name : new String[] {"a\\b", "C:", "C:\\x"}) {
                assertThatIllegalArgumentException().isThrownBy(() -> directory.lookup(name));
            }
        });
    }

    @Test
    void aDirectoryReplacedByALink_isNotUsedAnyMore() throws Throwable {
        on(MemoryFileSystemBuilder.newLinux(), "/home", home -> {
            home.createDirectory("sub", 0700);
            home.createDirectory("elsewhere", 0700);
            try (Directory sub = home.child("sub")) {
                home.rename("sub", home, "moved");
                home.symlink("sub", "elsewhere");
                assertThatExceptionOfType(NotDirectoryException.class).isThrownBy(() -> sub.createDirectory("x", 0700));
                assertThatExceptionOfType(NotDirectoryException.class).isThrownBy(() -> AllNames.of(sub));
            }
        });
    }
}
