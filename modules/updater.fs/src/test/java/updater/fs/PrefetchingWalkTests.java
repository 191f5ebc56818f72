package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.FileEntry;

final class PrefetchingWalkTests {
    private static final int DIRECTORIES = 12;
    private static final int FILES = 40;

    @TempDir
    Path temp;

    private final Set<Held> held = ConcurrentHashMap.newKeySet();

    /** Counts as open until it is closed. */
    private final class Held implements Closeable {
        final String path;

        Held(String path) {
            this.path = path;
            held.add(this);
        }

        @Override
        public void close() {
            held.remove(this);
        }
    }

    private class Looking implements PrefetchingWalk.Scout<Held, Held> {
        @Override
        public Optional<Held> enter(FileEntry directory, Directory opened) {
            return directory.path().endsWith("3") ? Optional.empty() : Optional.of(new Held(directory.path()));
        }

        @Override
        public Held file(FileEntry entry, Directory parent) throws IOException {
            return new Held(entry.path());
        }
    }

    /** Uses every handle it is given, and checks that what was found belongs to the same path. */
    private static class Acting implements PrefetchingWalk.Follower<Held, Held> {
        final List<String> seen = new ArrayList<>();
        private final Deque<String> entered = new ArrayDeque<>();

        @Override
        public void enter(FileEntry directory, Directory opened, Held found) throws IOException {
            assertThat(found.path).isEqualTo(directory.path());
            opened.self();
            seen.add(">" + directory.path());
            entered.push(directory.path());
        }

        @Override
        public void file(FileEntry entry, Directory parent, Held found) throws IOException {
            assertThat(found.path).isEqualTo(entry.path());
            assertThat(parent.lookup(entry.name())).isPresent();
            seen.add(entry.path());
        }

        @Override
        public void leave() {
            seen.add("<" + entered.pop());
        }
    }

    @BeforeEach
    void makeTree() throws IOException {
        for (int i = 0; i < DIRECTORIES; i++) {
            Path directory = Files.createDirectories(temp.resolve("d" + i / 4).resolve("e" + i));
            for (int j = 0; j < FILES; j++) {
                Files.createFile(directory.resolve("f" + j));
            }
        }
    }

    private void walk(PrefetchingWalk.Scout<Held, Held> scout, PrefetchingWalk.Follower<Held, Held> follower)
            throws IOException {
        try (Directory root = Disk.ofHost().open(temp)) {
            try {
                PrefetchingWalk.walk(root, path -> path.equals("d1/e5/"), scout, follower);
            } finally {
                assertThat(held).isEmpty();
                assertThat(openBelow(temp))
                        .as("the root's handle, which is not closed")
                        .isEqualTo(1);
            }
            assertThat(AllNames.of(root)).isNotEmpty();
        }
    }

    private static long openBelow(Path directory) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open) {
                try {
                    count += Files.readSymbolicLink(descriptor).startsWith(directory) ? 1 : 0;
                } catch (NoSuchFileException e) {
                    // Closed since it was listed.
                }
            }
        }
        return count;
    }

    @Test
    void walk_followsInTheOrderOfAPlainWalk() throws IOException {
        Acting follower = new Acting();

        walk(new Looking(), follower);

        assertThat(follower.seen).isEqualTo(plainly(path -> path.equals("d1/e5/")));
    }

    private List<String> plainly(Predicate<String> skip) throws IOException {
        List<String> seen = new ArrayList<>();
        try (Directory root = Disk.ofHost().open(temp)) {
            TreeWalk.walk(root, skip, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory opened) {
                    boolean enters = !directory.path().endsWith("3");
                    if (enters) {
                        seen.add(">" + directory.path());
                    }
                    return enters;
                }

                @Override
                public void file(FileEntry entry, Directory parent) {
                    seen.add(entry.path());
                }

                @Override
                public void leave(FileEntry directory, Directory opened) {
                    seen.add("<" + directory.path());
                }
            });
        }
        return seen;
    }

    @Test
    void scoutThatFails_isHeardOfWhereItFailed_andNothingStaysOpen() {
        Acting follower = new Acting();

        assertThatThrownBy(() -> walk(
                        new Looking() {
                            @Override
                            public Held file(FileEntry entry, Directory parent) throws IOException {
                                if (entry.path().equals("d1/e4/f20")) {
                                    throw new IOException("cannot look at " + entry.path());
                                }
                                return super.file(entry, parent);
                            }
                        },
                        follower))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot look at d1/e4/f20");

        assertThat(follower.seen.getLast()).isEqualTo("d1/e4/f2");
    }

    @Test
    void followerThatFails_stopsTheScout_andNothingStaysOpen() {
        assertThatThrownBy(() -> walk(new Looking(), new Acting() {
                    @Override
                    public void file(FileEntry entry, Directory parent, Held found) throws IOException {
                        throw new IOException("cannot change " + entry.path());
                    }
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot change d0/e0/f0");
    }

    @Test
    void errorOfTheScout_reachesTheFollower_behindAllThatWasFoundBefore() {
        Acting follower = new Acting();
        Error full = new StackOverflowError("planted");

        assertThatThrownBy(() -> walk(
                        new Looking() {
                            @Override
                            public Optional<Held> enter(FileEntry directory, Directory opened) {
                                if (directory.path().equals("d0/e1")) {
                                    throw full;
                                }
                                return super.enter(directory, opened);
                            }
                        },
                        follower))
                .isSameAs(full);

        assertThat(follower.seen.getLast()).isEqualTo("<d0/e0");
    }

    @Test
    void interrupt_endsNothing_andIsThereAfterwards() throws IOException {
        Acting follower = new Acting();
        Thread.currentThread().interrupt();

        walk(new Looking(), follower);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(follower.seen).isEqualTo(plainly(path -> path.equals("d1/e5/")));
    }
}
