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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

    /** Makes a directory that no single path reaches, by names one after another, and something at its end. */
    private void deep(int levels, String name) throws IOException {
        try (DirectoryChain chain = new DirectoryChain(Disk.ofHost())) {
            String path = (name + "/").repeat(levels - 1) + name;
            Directory end = chain.directory(temp, path, (in, child) -> {
                in.createDirectory(child, 0700);
                return in.child(child);
            });
            end.create("file", 0600).close();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void walk_ofADeepTree_isOfAllOfItWithFewHandles() throws IOException {
        int levels = 3000;
        deep(levels, "d");
        Files.createFile(temp.resolve("d/d/zuletzt"));
        int[] entered = {0};
        List<String> found = new ArrayList<>();
        long[] handles = {0};
        long before = handles();
        try (Directory root = Disk.ofHost().open(temp)) {
            TreeWalk.walk(root, path -> false, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory opened) {
                    entered[0]++;
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory parent) throws IOException {
                    found.add(entry.path());
                    assertThat(parent.lookup(entry.name())).isPresent();
                    handles[0] = Math.max(handles[0], handles() - before);
                }

                @Override
                public void leave(FileEntry directory, Directory opened) throws IOException {
                    entered[0]--;
                    assertThat(opened.self()).isEqualTo(directory.stat());
                }
            });
        }
        assertThat(found).containsExactly("d/".repeat(levels) + "file", "d/d/zuletzt");
        assertThat(entered[0]).isZero();
        assertThat(handles[0]).isBetween(1L, TreeWalk.OPEN + 5L);
        assertThat(handles()).isEqualTo(before);
        remove("d");
    }

    private static long handles() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private void remove(String name) throws IOException {
        try (Directory root = Disk.ofHost().open(temp)) {
            TreeRemoval.remove(root, name);
        }
        assertThat(temp.resolve(name)).doesNotExist();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void walk_ofADeepTreeThatIsMovedAwayMeanwhile_doesNotFollowIt() throws IOException {
        deep(TreeWalk.OPEN + 10, "d");
        Files.createDirectory(temp.resolve("elsewhere"));
        Recording moving = new Recording() {
            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                Files.move(temp.resolve("d/d/d"), temp.resolve("elsewhere/d"));
            }
        };
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> walk(path -> path.startsWith("elsewhere"), moving))
                .withMessageContaining("was moved to another directory meanwhile");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void walk_ofPathsTooLong_isRefused() throws IOException {
        String name = "n".repeat(255);
        deep(TreeWalk.MAXIMUM_PATH / 256 + 1, name);
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> walk(path -> false, new Recording()))
                .withMessageContaining("a path of more than 65536 characters");
        Recording turning = new Recording() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) throws IOException {
                return directory.path().length() <= TreeWalk.MAXIMUM_PATH;
            }
        };
        walk(path -> false, turning);
        remove(name);
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
