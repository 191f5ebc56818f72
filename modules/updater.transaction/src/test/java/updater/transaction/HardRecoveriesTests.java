package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import updater.api.Bytes;
import updater.api.service.ServiceState.Activity;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Space;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeService;
import updater.transaction.world.Judge;
import updater.transaction.world.UndoOrder;
import updater.transaction.world.World;

/** Stories of rollbacks and recoveries that were themselves interrupted, or could not end. */
final class HardRecoveriesTests extends HardCase {
    /** The status file may say Installed, and the new agent run, although the undo has begun. */
    @Test
    void recover_killedBehindTheStopOfTheRollbackThenRebooted_isRolledBack() throws Exception {
        World world = plain();
        Judge judge = judge(world);
        world.newAgent(-1, () -> {});
        world.service.onStop = () -> {
            if (world.service.running.equals(World.NEW)) {
                world.writeStatus(0);
                world.service.exit(Activity.INACTIVE);
                throw new CrashPoints.Killed("the stop of the undo");
            }
        };
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.service.onStop = () -> {};
        world.reboot();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /**
     * Where there was no time to read linked files, their inodes alone prove what is in them; a boot gives the device of them
     * another number.
     */
    @Test
    void recover_noChecksumsThenRebooted_isRolledBack() throws Exception {
        World world = plain();
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        Judge judge = judge(world);
        world.above = disk -> new SlowDisk(disk, world);
        assertThat(world.killed(
                        () -> world.points.killAtFirst(
                                "before syncFileSystem " + world.layout().home(), "after relabel"),
                        true))
                .isTrue();
        world.reboot();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** Each look at attributes takes a second. */
    private record SlowDisk(Disk disk, World world) implements Disk {
        @Override
        public Directory open(Path absolute) throws IOException {
            return new Slow(disk.open(absolute), world);
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    private static final class Slow extends ForwardingDirectory {
        private final World world;

        Slow(Directory directory, World world) {
            super(directory);
            this.world = world;
        }

        @Override
        public Directory child(String name) throws IOException {
            return new Slow(directory.child(name), world);
        }

        @Override
        public Map<String, Bytes> attributes(String name) throws IOException {
            world.clock.advance(Duration.ofSeconds(1));
            return directory.attributes(name);
        }
    }

    /** Invariant 8. */
    @Test
    void rollback_ofAQuietHost_isTheExactReverseOfThePlacing() throws Exception {
        World world = plain();
        for (String name : List.of("lib/a.so", "lib/b.so", "lib/sub/c.so")) {
            world.write("home/" + name, "old", 0644);
            world.write("home/tmp/latest/" + name, "new", 0644);
            world.write("home/tmp/latest/" + name + ".new", "created", 0644);
        }
        Judge judge = judge(world);
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        UndoOrder.check(world);
    }

    /** Invariant 8: all steps are undone twice. */
    @Test
    void recover_afterAnIncompleteRollback_undoesAllStepsOnceMore() throws Exception {
        World world = plain();
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/data/empty/x", "x", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/b/c.so", "new c", 0644);
        world.write("jmx.jar", "old jar", 0604);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> {
            World.remove(world.home("data"));
            world.service.fail("reload");
        });
        assertThat(world.update()).isEqualTo(4);
        assertThat(world.home().changesSince(world.atExit)).isEmpty();
        assertThat(world.layout().journal()).exists();
        world.service.mend();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    @Test
    void update_serviceNoLongerEnabled_rollbackIsIncomplete() throws Exception {
        World world = plain();
        world.newAgent(3, () -> world.service.enablement = "disabled");

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertThat(world.failure).contains("enablement expected enabled, found disabled");
    }

    /** The backup is a copy, whose content is known by its checksum alone: size and time are as they were. */
    @Test
    void update_backupHasAnotherContent_rollbackIsIncomplete() throws Exception {
        World world = plain();
        Path file = world.write("home/lib/a.so", "old a", 0644);
        Files.createLink(world.home("lib/also-a.so"), file);
        // Long before the new agent starts: else what has that time may be taken for what it wrote.
        FileTime modified = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(file, modified);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.newAgent(3, () -> {
            try (Stream<Path> backups = Files.walk(world.layout().rollback())) {
                for (Path backup :
                        backups.filter(path -> path.endsWith("lib/a.so")).toList()) {
                    Files.writeString(backup, "odd a");
                    Files.setLastModifiedTime(backup, modified);
                }
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertThat(world.failure).contains("lib/a.so: content (CRC32C expected ");
    }

    /** It runs whenever one looks, and crashes a while after each start: the restarts tell, if one looks for long enough. */
    @Test
    void rollback_oldAgentCrashesOverAndOver_isIncomplete() throws Exception {
        World world = plain();
        world.newAgent(3, () -> {});
        FakeService.Deed starts = world.service.onStart;
        world.service.restartDelay = Duration.ofMillis(200);
        world.service.onStart = () -> {
            starts.run();
            if (world.service.running.equals(World.OLD)) {
                world.clock.after(Duration.ofMillis(900), () -> world.service.restarts++);
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertThat(world.failure).contains("the old agent's service");
    }

    @Test
    void rollback_ofTheDefinition_relabelsIt() throws Exception {
        World world = plain();
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        List<String> calls = world.service.calls();
        assertThat(calls.subList(calls.lastIndexOf("stop"), calls.lastIndexOf("start")))
                .contains("relabel");
    }

    /** A journal without a guard is a host that nobody comes back for. */
    @Test
    void update_killedBeforeTheGuardIsDisarmed_hasNoJournalAnyMore() throws Exception {
        World world = plain();
        world.newAgent(0, () -> {});

        assertThat(world.killed(() -> world.points.killAtFirst("before disarm", "after start"), true))
                .isTrue();

        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void recover_newAgentReportedSuccessAndEnded_isRolledBack() throws Exception {
        World world = plain();
        Judge judge = judge(world);
        world.newAgent(-1, () -> {
            world.writeStatus(0);
            world.service.exit(Activity.INACTIVE);
            throw new CrashPoints.Killed("the start of the new agent");
        });
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.newAgent(-1, () -> {});

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** Whoever finds no journal cleans nothing up. */
    @Test
    void cleanUp_killedBeforeTheBackupIsRemoved_isRepeated() throws Exception {
        World world = plain();
        world.newAgent(0, () -> {});
        String removal = "before deleteDirectory " + world.layout().rollback();

        assertThat(world.killed(() -> world.points.killAtFirst(removal, "after start"), true))
                .isTrue();
        assertThat(world.recover()).as(() -> world.failure).isZero();

        assertThat(world.layout().rollback()).doesNotExist();
    }
}
