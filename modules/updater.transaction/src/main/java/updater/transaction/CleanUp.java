package updater.transaction;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import updater.api.HealthRule.AfterSuccess;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.state.document.UpdateReport;
import updater.state.journal.JournalView;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.PreviousKeeping;
import updater.transaction.backup.PreviousTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.EventLog;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.ProductFile;
import updater.transaction.context.ShippedFile;
import updater.transaction.context.StatusFile;
import updater.transaction.context.TrustFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.rollback.BestEffort;

/**
 * The removal of what an update leaves, once its outcome is durable.
 *
 * <p>The order matters. The journal goes when all is done but what a repetition would do again; the guard is disarmed
 * after it, for a guard that finds no journal disarms itself.
 */
record CleanUp(UpdateContext context, EventLog log) {
    /**
     * Keeps which release was installed, and removes staged tree, backup, journal and guard; and the status file, where the
     * product wants it. Idempotent. What cannot be removed is logged, not failed for. What the agent has put into {@code home/tmp} since is the next update's, and stays.
     */
    void afterOutcome(UpdateResult outcome) throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        boolean updated = outcome.kind() == UpdateReport.Outcome.UPDATED;
        boolean installed = updated || outcome.kind() == UpdateReport.Outcome.UNCHANGED;
        if (installed && !isRemembered(updated)) {
            return;
        }
        if (updated) {
            keepPrevious();
        }
        problems.tryTo("place the launcher", this::placeLauncher);
        problems.tryTo("keep the status", () -> new OfferedStatus(context).forget());
        if (installed && context.product().health().status().afterSuccess() == AfterSuccess.REMOVE) {
            problems.tryTo("remove the status file", () -> new StatusFile(context).removeSuccess());
        }
        if (installed) {
            problems.tryTo(
                    "remove the damaged journal", () -> new DamagedJournal(context.disk(), context.layout()).discard());
        }
        problems.tryTo("remove the journal", () -> Leftovers.discard(context));
        problems.tryTo("disarm the guard", this::disarm);
    }

    /** Disarms the guard, unless a version is on probation, which it looks at. Idempotent. */
    void disarm() throws UpdateFailure.Service {
        boolean needed;
        try {
            needed = new ProbationFile(context.disk(), context.layout()).read().isPresent();
        } catch (IOException e) {
            log.warning("could not tell whether a version is on probation", e);
            needed = false;
        }
        if (!needed) {
            context.service().guard().disarm();
        }
    }

    /** While the journal says that it was committed, a recovery tries this again. */
    private boolean isRemembered(boolean updated) {
        try {
            new TrustFile(context.disk(), context.layout()).settle();
            new ShippedFile(context.disk(), context.layout()).settle(updated);
            new ProductFile(context.disk(), context.layout()).settle(updated);
            new ProbationFile(context.disk(), context.layout()).settle();
            return true;
        } catch (IOException e) {
            log.warning("could not keep what was installed: the guard tries again", e);
            return false;
        }
    }

    /** Half of a version is of no use, and takes room. */
    private void keepPrevious() throws InterruptedException {
        try (PreviousKeeping keeping = new PreviousKeeping(context)) {
            keeping.keep(
                    JournalView.read(context.layout().journal(), context.logs()),
                    new HistoryFile(context.disk(), context.layout()).beginning());
        } catch (IOException e) {
            log.warning("could not keep the previous version: it cannot be gone back to", e);
            new BestEffort(log).tryTo("remove it", () -> new PreviousTree(context).discard());
        }
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
        disarm();
    }

    /** Removes what the update had made, the journal last, and nothing of the installation that took its place. Idempotent. */
    void afterSupersession() throws IOException, UpdateFailure.Service {
        new OfferedStatus(context).forget();
        new ProbationFile(context.disk(), context.layout()).end();
        Leftovers.discardInOtherHome(context);
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
