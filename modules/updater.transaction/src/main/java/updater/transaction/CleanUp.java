package updater.transaction;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.EventLog;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.UpdateContext;
import updater.transaction.rollback.BestEffort;

/**
 * The removal of what an update leaves, once its outcome is durable.
 *
 * <p>The order matters. The journal goes when all is done but what a repetition would do again; the guard is disarmed
 * after it, for a guard that finds no journal disarms itself.
 */
record CleanUp(UpdateContext context, EventLog log) {
    /**
     * Removes staged tree, backup, journal and guard. Idempotent. What cannot be removed is logged, not failed for. What the
     * agent has put into {@code home/tmp} since is the next update's, and stays.
     */
    void afterOutcome() throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        problems.tryTo("place the launcher", this::placeLauncher);
        problems.tryTo("keep the status", () -> new OfferedStatus(context).forget());
        problems.tryTo("remove the journal", () -> Leftovers.discard(context));
        problems.tryTo("disarm the guard", () -> context.service().guard().disarm());
    }

    /** Leaves the backup and the journal, for the recovery that an operator starts. */
    void afterIncompleteRollback() throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        problems.tryTo("place the launcher", this::placeLauncher);
        problems.tryTo("disarm the guard", () -> context.service().guard().disarm());
    }

    /** Removes what was prepared by an update that never requested the stop, and puts the staged tree back. */
    void afterAbort() throws IOException, UpdateFailure.Service {
        StagedTree.putBack(context);
        new OfferedStatus(context).takeBack();
        Leftovers.discard(context);
        context.service().guard().disarm();
    }

    /** After every update, the first one included, an operator finds the launcher in home. */
    private void placeLauncher() throws IOException {
        String name = context.layout().launcherName();
        try (Directory home = context.disk().open(context.layout().home());
                Directory state = context.disk().open(context.layout().state())) {
            Optional<byte[]> launcher = SmallFile.read(state, name, 1 << 20);
            if (launcher.isEmpty()) {
                return;
            }
            Optional<byte[]> there = SmallFile.read(home, name, 1 << 20);
            if (there.isEmpty() || !Arrays.equals(there.get(), launcher.get())) {
                SmallFile.replace(home, name, launcher.get(), 0755);
            }
        }
    }
}
