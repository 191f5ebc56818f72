package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Place;

final class DirectoryChainTests {
    @TempDir
    Path temp;

    @Test
    void parent_opensNameByName() throws IOException {
        Files.createDirectories(temp.resolve("a/b/c"));
        Files.createDirectories(temp.resolve("a/d"));
        try (DirectoryChain opened = new DirectoryChain(Disk.ofHost())) {
            List<Path> displays = new ArrayList<>();
            for (String path : new String[] {"x", "a/x", "a/b/c/x", "a/b/y", "a/d/z", "x"}) {
                displays.add(opened.parent(new Place(temp, path)).display());
            }
            assertThat(displays)
                    .containsExactly(
                            temp,
                            temp.resolve("a"),
                            temp.resolve("a/b/c"),
                            temp.resolve("a/b"),
                            temp.resolve("a/d"),
                            temp);
        }
    }

    @Test
    void parent_ofPlacesInOneDirectory_isOpenedOnce() throws IOException {
        Files.createDirectories(temp.resolve("a/b"));
        try (DirectoryChain opened = new DirectoryChain(Disk.ofHost())) {
            Directory first = opened.parent(new Place(temp, "a/b/x"));
            assertThat(opened.parent(new Place(temp, "a/b/y"))).isSameAs(first);
            assertThat(opened.directory(temp, "a/b")).isSameAs(first);
            assertThat(opened.directory(temp.resolve("a"), "b")).isNotSameAs(first);
        }
    }

    @Test
    void parent_throughALink_isRefused_andTheNextPlaceWorks() throws IOException {
        Files.createDirectories(temp.resolve("real/b"));
        Files.createSymbolicLink(temp.resolve("link"), Path.of("real"));
        try (DirectoryChain opened = new DirectoryChain(Disk.ofHost())) {
            opened.directory(temp, "real/b");
            assertThatExceptionOfType(NotDirectoryException.class)
                    .isThrownBy(() -> opened.parent(new Place(temp, "link/b/x")));
            assertThatExceptionOfType(NoSuchFileException.class)
                    .isThrownBy(() -> opened.parent(new Place(temp, "real/none/x")))
                    .withMessageContaining(temp.resolve("real/none").toString());
            assertThat(opened.directory(temp, "real/b").display()).isEqualTo(temp.resolve("real/b"));
        }
    }

    @Test
    void directory_afterOneWhoseEndIsMissing_isTheOneAskedFor() throws IOException {
        Files.createDirectories(temp.resolve("a/b"));
        try (DirectoryChain opened = new DirectoryChain(Disk.ofHost())) {
            for (String path : new String[] {"", "a", "a/b"}) {
                assertThatExceptionOfType(NoSuchFileException.class)
                        .isThrownBy(() -> opened.directory(temp, "a/b/none/x"));
                assertThat(opened.directory(temp, path).display()).isEqualTo(temp.resolve(path));
            }
        }
    }

    @Test
    void close_closesAll_andItCanBeUsedAgain() throws IOException {
        Files.createDirectories(temp.resolve("a"));
        DirectoryChain opened = new DirectoryChain(Disk.ofHost());
        Directory a = opened.directory(temp, "a");
        opened.close();
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> AllNames.of(a));
        assertThat(AllNames.of(opened.directory(temp, "a"))).isEmpty();
        opened.close();
    }
}
