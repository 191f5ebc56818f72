package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.service.ServiceState.Activity;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Space;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.state.log.LogChannels;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** The agent is installed anew, or removed, while an update is unfinished: a recovery leaves that installation alone. */
final class SupersededTests {
    private static final String FRESH = "new agent, of a package";

    @TempDir
    private Path directory;

    private int worlds;

    private World world() throws IOException {
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE,
                product -> product,
                context -> context);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/data", "the agent's", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/b.so", "new b", 0644);
        return world;
    }

    /** How an update may be left. */
    private enum Left {
        FILES_PLACED,
        WAITING_FOR_THE_NEW_AGENT,
        ROLLBACK_INCOMPLETE;

        void leave(World world) throws Exception {
            switch (this) {
                case FILES_PLACED ->
                    assertThat(world.killed(
                                    () -> world.points.killAtFirst(
                                            "before syncFileSystem "
                                                    + world.layout().home(),
                                            "after relabel"),
                                    true))
                            .isTrue();
                case WAITING_FOR_THE_NEW_AGENT -> {
                    world.newAgent(
                            -1,
                            () -> world.clock.after(Duration.ofMillis(300), () -> {
                                throw new CrashPoints.Killed("the watch");
                            }));
                    assertThat(world.killed(() -> {}, true)).isTrue();
                }
                case ROLLBACK_INCOMPLETE -> {
                    world.newAgent(3, () -> {});
                    world.above = disk -> new RefusingDisk(disk, "a.so");
                    assertThat(world.update()).as(() -> world.failure).isEqualTo(4);
                    world.above = UnaryOperator.identity();
                }
            }
            world.clock.cancelAll();
            assertThat(world.layout().journal()).exists();
        }
    }

    /** Nothing of that name can be put back. */
    private record RefusingDisk(Disk disk, String name) implements Disk {
        @Override
        public Directory open(Path absolute) throws IOException {
            return new Refusing(disk.open(absolute), name);
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    private static final class Refusing extends ForwardingDirectory {
        private final String name;

        Refusing(Directory directory, String name) {
            super(directory);
            this.name = name;
        }

        @Override
        public Directory child(String child) throws IOException {
            return new Refusing(directory.child(child), name);
        }

        @Override
        public void rename(String from, Directory to, String newName) throws IOException {
            if (newName.equals(name) && display().toString().contains("rollback")) {
                throw new IOException("no luck with " + newName);
            }
            directory.rename(from, below(to), newName);
        }
    }

    /** Puts a file in place as package managers do. */
    private static void place(World world, String path, String content) throws IOException {
        Path file = world.write("home/" + path + ".dpkg-new", content, 0755);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L));
        Files.move(file, world.home(path), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void installAnew(World world) throws IOException {
        place(world, "agent", FRESH);
        place(world, "lib/a.so", "a of a package");
        Files.writeString(world.home("config.yaml"), "the operator's, edited since");
    }

    private static void purge(World world) throws IOException {
        World.remove(world.layout().home());
        world.service.exit(Activity.INACTIVE);
    }

    private void assertLeftAlone(World world, TreeSnapshot installed) throws Exception {
        // A rollback that could not be finished may have kept something.
        Set<String> kept = kept(world);
        assertThat(world.recover()).as(() -> world.failure).isEqualTo(5);
        assertThat(installed(world).changesSince(installed)).isEmpty();
        assertThat(world.failure).contains("\"SUPERSEDED\"");
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.service.armed).isFalse();
        assertThat(kept(world)).as("nothing of the installation was taken away").isEqualTo(kept);
        assertThat(world.recover()).as("nothing is left").isZero();
    }

    private static Set<String> kept(World world) throws IOException {
        return Files.exists(world.layout().kept())
                ? TreeSnapshot.of(world.layout().kept(), path -> false)
                        .entries()
                        .keySet()
                : Set.of();
    }

    private static TreeSnapshot installed(World world) {
        // The report goes to log, and in tmp lies the updater's own link.
        return TreeSnapshot.of(
                        world.layout().home(),
                        path -> path.equals("log") || path.equals(".updater") || path.startsWith("tmp/"))
                .ignoringDirectoryTimes();
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void recover_otherVersionInstalledOverHome_isLeftAlone(Left left) throws Exception {
        World world = world();
        left.leave(world);
        installAnew(world);

        assertLeftAlone(world, installed(world));
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void recover_homePurgedAndInstalledAnew_isLeftAlone(Left left) throws Exception {
        World world = world();
        left.leave(world);
        purge(world);
        Files.createDirectories(world.home("lib"));
        Files.createDirectory(world.home("tmp"));
        installAnew(world);
        world.write("home/package_statuses.json", World.status(0, "by the fresh agent"), 0600);
        world.service.boot();

        assertLeftAlone(world, installed(world));
    }

    /** The package has the very bytes and times that the update found, and the file system may give the same numbers. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void recover_sameVersionInstalledAnew_isLeftAlone(boolean purged) throws Exception {
        World world = world();
        FileTime built = FileTime.fromMillis(1_700_000_000_000L);
        for (String path : new String[] {"agent", "lib/a.so"}) {
            Files.setLastModifiedTime(world.home(path), built);
        }
        Left.WAITING_FOR_THE_NEW_AGENT.leave(world);
        if (purged) {
            purge(world);
            Files.createDirectories(world.home("lib"));
        }
        place(world, "agent", World.OLD);
        place(world, "lib/a.so", "old a");
        Files.writeString(world.home("config.yaml"), "edited since");

        assertLeftAlone(world, installed(world));
    }

    /** What the update had staged, installed by a package: same sizes, same times. */
    @Test
    void recover_newVersionInstalledByAPackage_isLeftAlone() throws Exception {
        World world = world();
        FileTime built = FileTime.fromMillis(1_700_000_000_000L);
        Files.setLastModifiedTime(world.staged("agent"), built);
        Files.setLastModifiedTime(world.staged("lib/a.so"), built);
        Left.FILES_PLACED.leave(world);
        place(world, "agent", World.NEW);
        place(world, "lib/a.so", "new a");

        assertLeftAlone(world, installed(world));
        assertThat(world.service.running)
                .as("nobody had started it since the update's stop")
                .isEqualTo(World.NEW);
    }

    @Test
    void recover_oneFileRewrittenByTheNewAgent_isRolledBack() throws Exception {
        World world = world();
        Left.WAITING_FOR_THE_NEW_AGENT.leave(world);
        place(world, "agent", "new agent, rewritten by itself");

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.home("lib/a.so")).hasContent("old a");
        assertThat(world.home("lib/b.so")).doesNotExist();
    }

    @Test
    void recover_newAgentRemovedAllThatWasReplaced_isRolledBack() throws Exception {
        World world = world();
        Left.WAITING_FOR_THE_NEW_AGENT.leave(world);
        Files.delete(world.home("agent"));
        Files.delete(world.home("lib/a.so"));
        Files.delete(world.home("lib/b.so"));

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.home("lib/a.so")).hasContent("old a");
    }

    @Test
    void recover_programsAndServiceRemoved_closesTheJournalAndLeavesTheRest() throws Exception {
        World world = world();
        Left.WAITING_FOR_THE_NEW_AGENT.leave(world);
        World.remove(world.home("agent"));
        World.remove(world.home("lib"));
        world.service.exit(Activity.INACTIVE);
        world.service.removed = true;

        assertLeftAlone(world, installed(world));
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void recover_homeAndServiceGone_closesTheJournal(Left left) throws Exception {
        World world = world();
        left.leave(world);
        purge(world);
        world.service.removed = true;

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(5);

        assertThat(world.failure).contains("\"SUPERSEDED\"");
        assertThat(world.layout().home()).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.service.armed).isFalse();
        assertThat(world.recover()).isZero();
    }

    /** It may be on a disk that is not there yet: what is needed to recover it stays. */
    @Test
    void recover_homeGoneAndServiceThere_keepsTheJournalAndDisarmsTheGuard() throws Exception {
        World world = world();
        Left.WAITING_FOR_THE_NEW_AGENT.leave(world);
        Path away = world.root().resolve("away");
        Files.move(world.layout().home(), away);

        world.atBoot = true;
        assertThat(world.recover()).isEqualTo(5);
        assertThat(world.service.armed).as("at boot mounts may be late").isTrue();
        world.atBoot = false;
        assertThat(world.recover()).isEqualTo(5);
        assertThat(world.service.armed).isFalse();
        assertThat(world.layout().journal()).exists();

        Files.move(away, world.layout().home());
        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);
        assertThat(world.home("agent")).hasContent(World.OLD);
    }

    @Test
    void update_afterAnotherInstallation_goesOn() throws Exception {
        World world = world();
        Left.WAITING_FOR_THE_NEW_AGENT.leave(world);
        installAnew(world);
        world.newAgent(0, () -> {});
        world.writeStatus(2);
        world.write("home/tmp/latest/agent", "new agent of the next update", 0755);

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("agent")).hasContent("new agent of the next update");
        assertThat(world.home("lib/a.so")).hasContent("a of a package");
    }

    /** Where every file is placed, and put back, by copying, inodes tell nothing. */
    @Test
    void recover_killedAnywhereWhereFilesAreCopied_neverTakesItForAnotherInstallation() throws Exception {
        for (int point = 1; ; point += 11) {
            World world = world();
            world.above = CopyingDisk::new;
            world.newAgent(3, () -> {});
            int at = point;
            boolean killed = world.killed(() -> world.points.killAt(at), true);
            if (!killed) {
                return;
            }
            boolean stopped = Files.exists(world.layout().journal())
                    && JournalView.read(world.layout().journal(), LogChannels.ofFileSystem())
                            .hasReached(Phase.BACKED_UP);
            int exit = world.recover();
            assertThat(exit).as(() -> at + ": " + world.failure).isIn(stopped ? List.of(1) : List.of(0, 1, 5));
            assertThat(world.failure).doesNotContain("SUPERSEDED");
            world.close();
        }
    }

    private record CopyingDisk(Disk disk) implements Disk {
        @Override
        public Directory open(Path absolute) throws IOException {
            return new Copying(disk.open(absolute));
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    private static final class Copying extends ForwardingDirectory {
        Copying(Directory directory) {
            super(directory);
        }

        @Override
        public Directory child(String child) throws IOException {
            return new Copying(directory.child(child));
        }

        @Override
        public boolean sameMount(Directory other) {
            return other.display().equals(display());
        }

        @Override
        public void link(String name, Directory to, String newName) throws IOException {
            throw new AtomicMoveNotSupportedException(name, newName, "Invalid cross-device link");
        }
    }
}
