package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.FileEntry;

final class TreeWalkTests {
    @TempDir
    Path temp;

    private static class Recording implements TreeWalk.Visitor {
        final List<String> seen = new ArrayList<>();

        @Override
        public boolean enter(FileEntry directory, Directory opened) throws IOException {
            seen.add(">" + directory.path());
            return true;
        }

        @Override
        public void file(FileEntry entry, Directory parent) throws IOException {
            seen.add(entry.path() + " " + entry.type());
        }

        @Override
        public void leave(FileEntry directory, Directory opened) throws IOException {
            seen.add("<" + directory.path());
        }
    }

    private List<String> walk(Predicate<String> skip, Recording recording) throws IOException {
        try (Directory root = Disk.ofHost().open(temp)) {
            TreeWalk.walk(root, skip, recording);
            AllNames.of(root);
        }
        return recording.seen;
    }

    private void file(String path) throws IOException {
        Files.createDirectories(temp.resolve(path).getParent());
        Files.createFile(temp.resolve(path));
    }

    @Test
    void walk_visitsDirectoriesBeforeTheirContent_inOrder() throws IOException {
        file("b/y");
        file("b/x");
        file("a");
        file("b.c");
        Files.createDirectory(temp.resolve("empty"));
        Files.createSymbolicLink(temp.resolve("link"), Path.of("b"));
        assertThat(walk(path -> false, new Recording()))
                .containsExactly(
                        ">",
                        "a REGULAR",
                        ">b",
                        "b/x REGULAR",
                        "b/y REGULAR",
                        "<b",
                        "b.c REGULAR",
                        ">empty",
                        "<empty",
                        "link SYMLINK",
                        "<");
    }

    @Test
    void walk_asksTheFilterWithASlashAfterDirectories() throws IOException {
        file("tmp/x");
        file("tmpdata/x");
        file("log");
        file("a/tmp/x");
        file("status.json");
        assertThat(walk(Set.of("tmp/", "log/", "status.json")::contains, new Recording()))
                .containsExactly(
                        ">",
                        ">a",
                        ">a/tmp",
                        "a/tmp/x REGULAR",
                        "<a/tmp",
                        "<a",
                        "log REGULAR",
                        ">tmpdata",
                        "tmpdata/x REGULAR",
                        "<tmpdata",
                        "<");
    }

    @Test
    void walk_doesNotVisitWhatItsVisitorDeclines() throws IOException {
        file("a/x");
        file("b/x");
        Recording declining = new Recording() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) throws IOException {
                super.enter(directory, opened);
                return !directory.path().equals("a");
            }
        };
        assertThat(walk(path -> false, declining)).containsExactly(">", ">a", ">b", "b/x REGULAR", "<b", "<");
    }

    @Test
    void walk_leavesOutWhatVanishes() throws IOException {
        file("a");
        file("b");
        file("c/x");
        Recording removing = new Recording() {
            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                super.file(entry, parent);
                if (entry.path().equals("a")) {
                    Files.delete(temp.resolve("b"));
                    Files.delete(temp.resolve("c/x"));
                    Files.delete(temp.resolve("c"));
                }
            }
        };
        assertThat(walk(path -> false, removing)).containsExactly(">", "a REGULAR", "<");
    }

    @Test
    void walk_visitsAReplacedDirectoryAsWhatItHasBecome() throws IOException {
        file("c/x");
        Files.createDirectory(temp.resolve("elsewhere"));
        file("elsewhere/secret");
        // Replaced after it was looked at, when the walk asks whether to skip it, and before it is opened.
        Predicate<String> swapping = path -> {
            if (path.equals("c/")) {
                try {
                    Files.move(temp.resolve("c"), temp.resolve("d"));
                    Files.createSymbolicLink(temp.resolve("c"), Path.of("elsewhere"));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
            return path.equals("elsewhere/");
        };
        assertThat(walk(swapping, new Recording())).containsExactly(">", "c SYMLINK", "<");
    }

    @Test
    void walk_ofATreeTooDeep_isRefused() throws IOException {
        Path deep = temp;
        for (int i = 0; i < TreeWalk.MAXIMUM_DEPTH; i++) {
            deep = deep.resolve("d");
        }
        Files.createDirectories(deep);
        walk(path -> false, new Recording());
        Files.createDirectory(deep.resolve("e"));
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> walk(path -> false, new Recording()))
                .withMessageContaining("more than 256 directories deep");
    }

    @Test
    void walk_whoseVisitorDoesNotGoDeeper_isNotRefused() throws IOException {
        Path deep = temp;
        for (int i = 0; i <= TreeWalk.MAXIMUM_DEPTH; i++) {
            deep = deep.resolve("d");
        }
        Files.createDirectories(deep.resolve("e"));
        Recording turning = new Recording() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) throws IOException {
                super.enter(directory, opened);
                return directory.path().length() < 2 * TreeWalk.MAXIMUM_DEPTH;
            }
        };
        assertThat(walk(path -> false, turning)).contains(">" + temp.relativize(deep));
    }

    @Test
    void walk_whoseVisitorFails_closesWhatItOpened() throws IOException {
        file("a/b/c/x");
        List<Directory> opened = new ArrayList<>();
        Recording failing = new Recording() {
            @Override
            public boolean enter(FileEntry directory, Directory handle) {
                opened.add(handle);
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                throw new IOException("stop");
            }
        };
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> walk(path -> false, failing))
                .withMessage("stop");
        assertThat(opened)
                .hasSize(4)
                .allSatisfy(directory -> assertThatExceptionOfType(IllegalStateException.class)
                        .isThrownBy(() -> AllNames.of(directory)));
    }

    /** Two seconds, most of them for the files: names that are 15 MB as strings, and as much as paths, in a heap of 16. */
    @Test
    void walkAndRemoval_ofMoreNamesThanMemoryHolds_visitAll() throws IOException, InterruptedException {
        Path many = Files.createDirectory(temp.resolve("many"));
        for (int i = 0; i < 50_000; i++) {
            Files.createFile(many.resolve(i + "n".repeat(240)));
        }
        ChildJvm.Result result =
                ChildJvm.run(List.of("env", "JAVA_TOOL_OPTIONS=-Xmx16m"), ManyNamesMain.class, many.toString());
        assertThat(result.output()).endsWith("visited 50000\n");
        assertThat(many).doesNotExist();
    }
}
