package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.service.ServiceState.Activity;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.state.log.LogChannels;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.LastVersion;
import updater.transaction.world.World;

/** An update is killed behind each of its records, on a host in each state: its recovery follows the table. */
final class RecoveryTests {
    @TempDir
    private Path directory;

    private int worlds;

    /** What an update left: its last record, and how far the journal says that it came. */
    private record Left(Optional<Phase> last, Optional<RecoveryDecision.JournalState> journal) {
        boolean reached(Phase phase) {
            return last.isPresent() && last.get().compareTo(phase) >= 0;
        }
    }

    private enum Expected {
        NOTHING,
        ABORTED,
        OLD,
        NEW
    }

    private World world() throws IOException {
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE_FIRST,
                product -> product,
                context -> context);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/new/b.so", "new b", 0644);
        world.write("home/lib/old/dropped.so", "dropped", 0644);
        LastVersion.asInHome(world, "lib", "lib/a.so", "lib/old", "lib/old/dropped.so");
        return world;
    }

    private static GeneratedUpdate scenario() {
        return GeneratedUpdate.plain(Definition.OUTSIDE_FIRST, -1);
    }

    private static Left left(World world) throws IOException {
        if (!Files.exists(world.layout().journal())) {
            return new Left(Optional.empty(), Optional.empty());
        }
        JournalView view = JournalView.read(world.layout().journal(), LogChannels.ofFileSystem());
        return new Left(
                view.reached().isEmpty()
                        ? Optional.empty()
                        : Optional.of(view.reached().getLast().phase()),
                Optional.of(RecoveryDecision.JournalState.of(view)));
    }

    /** The first and the last point at which each record is the last one, by running into every point once. */
    private Map<String, Integer> points(boolean healthy) throws Exception {
        Map<String, Integer> points = new TreeMap<>();
        for (int point = 1; ; point++) {
            World world = world();
            world.newAgent(healthy ? 0 : 3, () -> {});
            int at = point;
            if (!world.killed(() -> world.points.killAt(at), true)) {
                return points;
            }
            Left left = left(world);
            if (healthy || left.reached(Phase.ROLLING_BACK)) {
                points.putIfAbsent("first " + left, point);
                points.put(left.toString(), point);
            }
            world.close();
        }
    }

    @Test
    void recover_killedBehindEveryMarkInEveryStateOfTheHost_followsTheTable() throws Exception {
        TreeSet<String> seen = new TreeSet<>();
        for (boolean healthy : new boolean[] {true, false}) {
            Map<String, Integer> points = points(healthy);
            seen.addAll(points.keySet());
            for (int point : points.values()) {
                for (int status : new int[] {-1, 0, 3}) {
                    for (Activity activity : new Activity[] {Activity.RUNNING, Activity.INACTIVE, Activity.FAILED}) {
                        for (boolean rebooted : new boolean[] {false, true}) {
                            recoverFrom(point, healthy, status, activity, rebooted);
                        }
                    }
                }
            }
        }
        for (Phase phase : Phase.values()) {
            if (phase != Phase.ROLLBACK_INCOMPLETE) {
                assertThat(seen).anyMatch(left -> left.contains("[" + phase + "]"));
            }
        }
    }

    private void recoverFrom(int point, boolean healthy, int status, Activity activity, boolean rebooted)
            throws Exception {
        try (World world = world()) {
            Judge judge = new Judge(world, scenario());
            world.newAgent(healthy ? 0 : 3, () -> {});
            if (!world.killed(() -> world.points.killAt(point), true)) {
                // How much is looked at twice depends on the clock: this time the update was shorter.
                return;
            }
            world.clock.cancelAll();
            Left left = left(world);
            if (left.reached(Phase.STOP_REQUESTED)) {
                disturb(world, status, activity, rebooted);
            }
            boolean installed = Files.readString(world.home(World.STATUS)).contains("\"status\":0");
            Expected expected = expected(left, installed, world.service.activity, rebooted);
            int exit = world.recover();
            String what =
                    left + ", status " + status + ", " + activity + ", rebooted " + rebooted + ": " + world.failure;
            assertThat(exit).as(what).isEqualTo(exitOf(expected));
            assertThat(world.service.armed).as(what).isFalse();
            assertThat(world.layout().journal()).as(what).doesNotExist();
            judge(world, judge, expected, what);
        }
    }

    private static void disturb(World world, int status, Activity activity, boolean rebooted) throws IOException {
        if (status >= 0) {
            world.writeStatus(status);
        }
        world.service.onStart = () -> {};
        if (rebooted) {
            world.reboot();
            world.clock.cancelAll();
        }
        if (activity != Activity.RUNNING) {
            world.service.exit(activity);
        } else if (world.service.pid == 0) {
            world.service.boot();
        }
    }

    private static Expected expected(Left left, boolean installed, Activity activity, boolean rebooted) {
        if (left.journal().isEmpty()) {
            return Expected.NOTHING;
        }
        boolean alive = activity == Activity.RUNNING || rebooted;
        RecoveryDecision.Observed observed = new RecoveryDecision.Observed(false, installed, false, alive);
        return switch (RecoveryDecision.of(left.journal().get(), observed)) {
            case ABORT -> Expected.ABORTED;
            case COMMIT -> Expected.NEW;
            case ROLL_BACK, FINISH_ROLLBACK -> Expected.OLD;
            case SUPERSEDE -> throw new AssertionError("nobody has installed anything");
        };
    }

    private static int exitOf(Expected expected) {
        return switch (expected) {
            case NOTHING, NEW -> 0;
            case OLD -> 1;
            case ABORTED -> 5;
        };
    }

    private static void judge(World world, Judge judge, Expected expected, String what) throws IOException {
        switch (expected) {
            case NOTHING -> {}
            case ABORTED -> {
                judge.untouched();
                assertThat(world.service.running).as(what).isEqualTo(World.OLD);
            }
            case OLD -> {
                assertThat(world.home("agent")).as(what).hasContent(World.OLD);
                assertThat(world.home("lib/a.so")).as(what).hasContent("old a");
                assertThat(world.home("lib/new")).as(what).doesNotExist();
                assertThat(world.root().resolve("units/agent.unit")).as(what).hasContent("old unit");
            }
            case NEW -> {
                assertThat(world.home("agent")).as(what).hasContent(World.NEW);
                assertThat(world.home("lib/a.so")).as(what).hasContent("new a");
                assertThat(world.home("lib/new/b.so")).as(what).hasContent("new b");
                assertThat(world.root().resolve("units/agent.unit")).as(what).hasContent("new unit");
            }
        }
    }

    /**
     * The agent waits for the recovery, and would never be seen to run. Nothing tells that the host has booted but the guard,
     * which says so.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void recover_bootThatNothingTells_doesNotWaitForTheAgent(boolean healthy) throws Exception {
        World world = started(world());
        if (healthy) {
            world.writeStatus(0);
        }
        world.rebootUnnoticed();
        world.service.startsLater();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(healthy ? 0 : 1);

        assertThat(world.home("agent")).hasContent(healthy ? World.NEW : World.OLD);
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.service.armed).isFalse();
    }

    /** It has no backup, as if an undo had used it up. */
    @Test
    void recover_agentRemovedAReplacedFileAsItStopped_isCommitted() throws Exception {
        try (World world = removingAsItStops()) {
            String commit = "before write " + world.layout().journal();
            assertThat(world.killed(() -> world.points.killAtFirst(commit, "after start"), true))
                    .isTrue();
            assertThat(JournalView.read(world.layout().journal(), LogChannels.ofFileSystem())
                            .hasReached(Phase.COMMITTED))
                    .isFalse();

            assertThat(world.recover()).as(() -> world.failure).isZero();

            assertThat(world.service.running).isEqualTo(World.NEW);
            assertThat(world.home("lib/a.so")).hasContent("new a");
        }
    }

    private World removingAsItStops() throws IOException {
        World world = world();
        world.newAgent(0, () -> {});
        world.service.onFirstStop = () -> Files.delete(world.home("lib/a.so"));
        return world;
    }

    @Test
    void recover_nothingToRecover_disarmsTheGuardAndTouchesNothingElse() throws Exception {
        World world = world();
        Judge judge = new Judge(world, scenario());
        world.service.armed = true;

        assertThat(world.recover()).isZero();

        judge.untouched();
    }

    @Test
    void recover_journalOfANewerUpdater_leavesItAlone() throws Exception {
        World world = started(world());
        byte[] journal = Files.readAllBytes(world.layout().journal());
        // Magic, version, and what the two must sum up to.
        journal[5]++;
        CRC32C sum = new CRC32C();
        sum.update(journal, 0, 6);
        ByteBuffer.wrap(journal).putShort(6, (short) sum.getValue());
        Files.write(world.layout().journal(), journal);
        TreeSnapshot before = world.home();

        assertThat(world.recover()).isEqualTo(5);

        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(Files.readAllBytes(world.layout().journal())).isEqualTo(journal);
    }

    @Test
    void recover_journalDamagedInTheMiddle_isPutAsideAndTheAgentRuns() throws Exception {
        World world = started(world());
        world.service.exit(Activity.INACTIVE);
        try (RandomAccessFile journal =
                new RandomAccessFile(world.layout().journal().toFile(), "rw")) {
            journal.seek(200);
            journal.write(new byte[] {1, 2, 3, 4});
        }

        assertThat(world.recover()).isEqualTo(4);

        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().rollback()).exists();
        assertThat(world.service.activity).isEqualTo(Activity.RUNNING);
        assertThat(world.service.armed).isFalse();
        assertThat(Files.list(world.layout().state())
                        .map(path -> path.getFileName().toString()))
                .anyMatch(name -> name.startsWith("journal.damaged-"));
    }

    @Test
    void recover_tornTail_isNormal() throws Exception {
        World world = started(world());
        try (RandomAccessFile journal =
                new RandomAccessFile(world.layout().journal().toFile(), "rw")) {
            journal.setLength(journal.length() - 3);
        }

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void update_afterOneThatDiedBeforeTheStop_goesOn() throws Exception {
        World world = world();
        world.newAgent(0, () -> {});
        world.killed(() -> world.points.killAt(60), true);
        assertThat(left(world).reached(Phase.STOP_REQUESTED)).isFalse();

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
    }

    /** Kills an update while it waits for its new agent. */
    private static World started(World world) throws Exception {
        world.newAgent(
                -1,
                () -> world.clock.after(Duration.ofMillis(300), () -> {
                    throw new CrashPoints.Killed("the watch");
                }));
        world.killed(() -> {}, true);
        world.clock.cancelAll();
        assertThat(left(world).last()).contains(Phase.START_REQUESTED);
        return world;
    }
}
