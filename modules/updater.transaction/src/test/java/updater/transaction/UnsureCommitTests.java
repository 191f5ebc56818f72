package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.log.LogChannels;
import updater.transaction.context.StateFiles;
import updater.transaction.world.Contexts;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** The mark of the commit is written and cannot be forced: what a recovery finds in the journal decides. */
final class UnsureCommitTests {
    /** Of the points at which the updater ends, one in so many is tried. */
    private static final int STRIDE = 3;

    @TempDir
    private Path directory;

    private int worlds;
    private boolean started;
    private boolean broken;
    private int brokenAt;

    /** What the disk does not do any more from then on. */
    private enum Broken {
        NOTHING_ELSE(what -> false, false),
        FORCES_OF_THE_JOURNAL(Broken::isForceOfJournal, false),
        CHANGES_OF_THE_JOURNAL(Broken::isOfJournal, false),
        OPENING_THE_JOURNAL_TOO(Broken::isOfJournal, true),
        EVERYTHING(what -> what.contains("/"), true);

        private final Predicate<String> operations;
        private final boolean opening;

        Broken(Predicate<String> operations, boolean opening) {
            this.operations = operations;
            this.opening = opening;
        }

        private static boolean isOfJournal(String what) {
            return what.endsWith("/journal");
        }

        private static boolean isForceOfJournal(String what) {
            return isOfJournal(what) && what.startsWith("force ");
        }
    }

    private World world(Broken kind) throws IOException {
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE,
                product -> product,
                context -> Contexts.with(context, opening(context.logs(), kind.opening)));
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/new.so", "new", 0644);
        started = false;
        broken = false;
        world.newAgent(0, () -> started = true);
        world.points.failWhere(what -> {
            boolean fails = broken && kind.operations.test(what);
            if (started && Broken.isForceOfJournal(what)) {
                started = false;
                broken = true;
                brokenAt = world.points.count();
                fails = true;
            }
            return fails;
        });
        return world;
    }

    private LogChannels opening(LogChannels channels, boolean fails) {
        return (file, options, attributes) -> {
            if (broken && fails && options.contains(StandardOpenOption.WRITE)) {
                throw new IOException("no luck with opening " + file);
            }
            return channels.open(file, options, attributes);
        };
    }

    private void mend(World world) {
        started = false;
        broken = false;
        world.points.failWhere(what -> false);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING_ELSE")
    void update_undoCannotBeMarked_newAgentRunsOnAndARecoveryDecides(Broken kind) throws Exception {
        try (World world = world(kind)) {
            assertThat(world.update()).isEqualTo(4);
            assertThat(world.service.running).isEqualTo(World.NEW);
            assertThat(world.home("lib/a.so")).hasContent("new a");
            assertThat(world.home(World.STATUS)).content().contains("\"status\":0");

            assertThat(world.recover()).isIn(4, 5);
            assertThat(world.service.running).isEqualTo(World.NEW);
            assertThat(world.home("lib/a.so")).hasContent("new a");
            mend(world);

            int exit = world.recover();

            assertWhole(world, exit);
        }
    }

    @ParameterizedTest
    @EnumSource
    void update_killedAnywhereFromThereOn_isWhollyOldOrWhollyNewOnceRecovered(Broken kind) throws Exception {
        try (World world = world(kind)) {
            world.update();
        }
        int kills = 0;
        boolean ended = false;
        for (int point = brokenAt; !ended; point += STRIDE) {
            try (World world = world(kind)) {
                int at = point;
                ended = !world.killed(() -> world.points.killAt(at), true);
                if (broken) {
                    kills++;
                }
                mend(world);

                int exit = world.recover();

                assertWhole(world, exit);
            }
        }
        assertThat(kills).isGreaterThan(2);
    }

    /** The old agent that runs after an undo owns the status file: it no longer tells that there was one. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void recover_undoKnownByTheStatusFileOnlyWhichTheOldAgentChanged_isNotCommitted(boolean list) throws Exception {
        try (World world = world(Broken.CHANGES_OF_THE_JOURNAL)) {
            world.newAgent(3, () -> broken = true);
            assertThat(world.update()).isEqualTo(4);
            assertThat(world.service.running).isEqualTo(World.OLD);
            assertThat(world.home("lib/a.so")).hasContent("old a");
            assertThat(StateFiles.pendingRestores(world.layout())).exists();
            world.writeStatus(0);
            mend(world);
            if (!list) {
                Files.delete(StateFiles.pendingRestores(world.layout()));
            }

            assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

            assertThat(world.service.running).isEqualTo(World.OLD);
            assertThat(world.home("lib/a.so")).hasContent("old a");
            assertThat(world.home("lib/new.so")).doesNotExist();
        }
    }

    private static void assertWhole(World world, int exit) {
        boolean updated = world.service.running.equals(World.NEW);
        String version = updated ? "new" : "old";
        assertThat(exit).as(() -> world.failure).isBetween(0, updated ? 0 : 1);
        assertThat(world.service.running).isEqualTo(version + " agent");
        assertThat(world.home("agent")).hasContent(version + " agent");
        assertThat(world.home("lib/a.so")).hasContent(version + " a");
        assertThat(Files.exists(world.home("lib/new.so"))).isEqualTo(updated);
        assertThat(world.root().resolve("units/agent.unit")).hasContent(version + " unit");
        assertThat(world.home(World.STATUS)).content().contains("\"status\":" + (updated ? 0 : 3));
        assertThat(world.layout().journal()).doesNotExist();
    }
}
