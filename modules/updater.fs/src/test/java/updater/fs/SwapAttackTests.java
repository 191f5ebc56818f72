package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.FileEntry;
import updater.api.Place;
import updater.api.Stat;

/** Invariant 9: a user who may write in the tree swaps names all the time, and still redirects nothing. */
@EnabledOnOs(OS.LINUX)
final class SwapAttackTests {
    private static final int ROUNDS = 400;

    @TempDir
    Path temp;

    private final ExecutorService attacker = Executors.newSingleThreadExecutor();
    private final AtomicBoolean over = new AtomicBoolean();
    private Path home;
    private Path victim;
    private Directory victims;
    private Stat victimBefore;
    private FileEntry secretBefore;

    @BeforeEach
    void prepare() throws IOException {
        home = Files.createDirectory(temp.resolve("home"));
        victim = Files.createDirectory(temp.resolve("victim"));
        Files.setAttribute(Files.writeString(victim.resolve("secret"), "secret"), "unix:mode", 0600);
        victims = Disk.ofHost().open(victim);
    }

    @AfterEach
    void end() throws IOException {
        attacker.close();
        victims.close();
    }

    private interface Turn {
        void play() throws IOException;
    }

    /** Plays the updater's turns against the attacker's, both as often as they can, and returns how many went through. */
    private void against(Turn attack, Turn work) throws Exception {
        victimBefore = victims.self();
        secretBefore = victims.lookup("secret").orElseThrow();
        AtomicInteger attacks = new AtomicInteger();
        Future<?> attacking = attacker.submit(() -> {
            while (!over.get()) {
                attack.play();
                attacks.incrementAndGet();
            }
            return null;
        });
        for (int i = 0; i < ROUNDS || (attacks.get() == 0 && !attacking.isDone()); i++) {
            try {
                work.play();
            } catch (IOException | IllegalStateException e) {
                // Refusing is one of the right answers.
            }
        }
        over.set(true);
        attacking.get();
        assertThat(attacks.get()).isPositive();
    }

    private void assertVictimUntouched() throws IOException {
        assertThat(AllNames.of(victims)).containsExactly("secret");
        assertThat(victims.self()).isEqualTo(victimBefore);
        assertThat(victims.lookup("secret")).contains(secretBefore);
        assertThat(victim.resolve("secret")).hasContent("secret");
    }

    private static void replace(Path path, Path by) throws IOException {
        Files.move(by, path, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void aParentSwappedForALink_redirectsNoWriteAndNoRemoval() throws Exception {
        Path dir = Files.createDirectory(home.resolve("dir"));
        Path aside = home.resolve("aside");
        Turn attack = () -> {
            replace(aside, dir);
            Files.createSymbolicLink(dir, victim);
            Files.delete(dir);
            replace(dir, aside);
        };
        byte[] content = {1};
        against(attack, () -> {
            try (DirectoryChain opened = new DirectoryChain(Disk.ofHost())) {
                Directory parent = opened.parent(new Place(home, "dir/secret"));
                SmallFile.replace(parent, "secret", content, 0666);
                parent.createDirectory("sub", 0777);
                TreeRemoval.remove(parent, "sub");
                TreeRemoval.remove(parent, "secret");
            }
        });
        assertVictimUntouched();
    }

    @Test
    void aTreeSwappedForALinkWhileItIsRemoved_leavesTheVictim() throws Exception {
        Path tree = home.resolve("tree");
        Turn attack = () -> {
            try {
                Files.createDirectories(tree.resolve("a/b"));
                Files.deleteIfExists(tree.resolve("a/b"));
                Files.createSymbolicLink(tree.resolve("a/b"), victim);
                Files.deleteIfExists(tree.resolve("a/b"));
                Files.deleteIfExists(tree.resolve("a"));
                Files.createSymbolicLink(tree.resolve("a"), victim);
                Files.deleteIfExists(tree.resolve("a"));
            } catch (IOException e) {
                // The other side removed it first.
            }
        };
        try (Directory directory = Disk.ofHost().open(home)) {
            against(attack, () -> TreeRemoval.remove(directory, "tree"));
            assertVictimUntouched();
            TreeRemoval.remove(directory, "tree");
            assertThat(AllNames.of(directory)).isEmpty();
        }
    }

    @Test
    void aFileSwappedForALink_redirectsNoModeAndShowsNoContent() throws Exception {
        Path file = home.resolve("file");
        Turn attack = () -> {
            Files.createSymbolicLink(home.resolve("link"), victim.resolve("secret"));
            replace(file, home.resolve("link"));
            Files.writeString(home.resolve("fresh"), "own");
            replace(file, home.resolve("fresh"));
        };
        Files.writeString(file, "own");
        try (Directory directory = Disk.ofHost().open(home)) {
            against(attack, () -> {
                try (Pinned pinned = directory.pin("file")) {
                    pinned.chmod(0666);
                    pinned.touch(Instant.EPOCH);
                }
                TreeRemoval.remove(directory, "copy");
                if (FileCopy.copy(directory, "file", directory, "copy")
                        .linkTarget()
                        .isEmpty()) {
                    assertThat(home.resolve("copy")).content().isNotEqualTo("secret");
                }
            });
            assertOwnFileCanBeChanged(directory, file);
        }
        assertVictimUntouched();
    }

    @Test
    void aFileSwappedForAHardLink_isNotChanged() throws Exception {
        Path file = home.resolve("file");
        Turn attack = () -> {
            Files.createLink(home.resolve("link"), victim.resolve("secret"));
            replace(file, home.resolve("link"));
            Files.writeString(home.resolve("fresh"), "own");
            replace(file, home.resolve("fresh"));
        };
        Files.writeString(file, "own");
        try (Directory directory = Disk.ofHost().open(home)) {
            against(attack, () -> {
                try (Pinned pinned = directory.pin("file")) {
                    pinned.chmod(0666);
                    pinned.touch(Instant.EPOCH);
                }
            });
            assertOwnFileCanBeChanged(directory, file);
        }
        FileEntry after = victims.lookup("secret").orElseThrow();
        // Linking and unlinking changes the inode's own time, nothing else.
        assertThat(after.mode()).isEqualTo(secretBefore.mode());
        assertThat(after.stat().modified()).isEqualTo(secretBefore.stat().modified());
        assertThat(after.stat().uid()).isEqualTo(secretBefore.stat().uid());
    }

    /** How often the race above was won is the scheduler's choice; that what was tried works at all is not. */
    private static void assertOwnFileCanBeChanged(Directory directory, Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.writeString(file, "own");
        try (Pinned pinned = directory.pin("file")) {
            pinned.chmod(0604);
        }
        assertThat(directory.lookup("file").orElseThrow().mode()).isEqualTo(0604);
    }
}
