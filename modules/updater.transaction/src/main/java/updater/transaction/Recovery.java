package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Place;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceState;
import updater.fs.DirectoryChain;
import updater.processes.Boot;
import updater.state.document.UpdateReport;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalRecord.Reached;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.HomeBackup;
import updater.transaction.context.EventLog;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StateFiles;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.rollback.Rollback;

/**
 * Bring an update to its end whose updater died. Idempotent, and safe to be killed at any instant and run again.
 *
 * <table>
 * <caption>What the journal says, and what is done</caption>
 * <tr><td>no journal</td><td>the guard is disarmed</td></tr>
 * <tr><td>the stop was not requested</td><td>what was prepared is removed, the service is left alone</td></tr>
 * <tr><td>restored</td><td>the cleaning up is finished</td></tr>
 * <tr><td>an undo had begun, be it because the mark of the commit could not be forced</td><td>it is finished</td></tr>
 * <tr><td>committed</td><td>the cleaning up is finished</td></tr>
 * <tr><td>the start was requested, the status file has turned to Installed since, the service runs or the host has
 * booted, and nothing was undone yet</td><td>it is committed</td></tr>
 * <tr><td>anything else</td><td>it is undone</td></tr>
 * </table>
 */
final class Recovery {
    /** So many backups that are gone are enough to tell by. */
    private static final int FEW = 1_000;

    private final UpdateContext context;
    private final StatusFile status;
    private final Timeline timeline;
    private final ReportWriter reporting;
    private final Rollback rollback;
    private final Boot boot;
    private final boolean giveUp;
    private final EventLog log;

    /**
     * @param giveUp whether a rollback that cannot be finished is to be ended all the same: what it could not restore is in
     *     the report, and the backup is gone
     */
    Recovery(
            UpdateContext context,
            StatusFile status,
            Timeline timeline,
            ReportWriter reporting,
            Rollback rollback,
            Boot boot,
            boolean giveUp,
            EventLog log) {
        this.context = context;
        this.status = status;
        this.timeline = timeline;
        this.reporting = reporting;
        this.rollback = rollback;
        this.boot = boot;
        this.giveUp = giveUp;
        this.log = log;
    }

    /**
     * Recovers. The lock is held.
     *
     * @return how the update ended that was found; empty when there was none
     * @throws UpdateFailure.Refused when a newer updater wrote the journal: it is left alone
     */
    Optional<UpdateResult> run() throws UpdateFailure, IOException, InterruptedException {
        JournalView view;
        try {
            view = JournalView.read(context.layout().journal(), context.logs());
        } catch (NoSuchFileException e) {
            context.service().guard().disarm();
            return Optional.empty();
        } catch (FutureFormatException e) {
            throw new UpdateFailure.Refused(
                    "a newer updater left an unfinished update: " + e.getMessage(),
                    "Run that updater's 'recover'; nothing was touched",
                    e);
        } catch (DamagedLogException e) {
            return Optional.of(quarantine(e));
        }
        if (view.torn()) {
            log.info("the last record of the journal is torn, as it is when the updater was killed writing it");
        }
        if (view.begin().isEmpty() || !view.hasReached(Phase.STOP_REQUESTED)) {
            return Optional.of(abort(view));
        }
        try (Journal journal = Journal.resume(view, context.clock(), context.logs())) {
            return Optional.of(
                    finish(new OpenJournal(journal, view, view.begin().get())));
        }
    }

    private UpdateResult abort(JournalView view) throws IOException, UpdateFailure.Service {
        log.info("an updater died before it stopped the agent: removing what it had prepared");
        UpdateResult outcome = UpdateResult.untouched(
                UpdateReport.Outcome.ABORTED,
                "the updater ended before it stopped the agent",
                "Start the update again");
        if (view.begin().isPresent()) {
            reporting.write(view.begin().get(), outcome, UpdateReport.FileCounts.NONE, List.of());
        }
        new CleanUp(context, log).aborted();
        return outcome;
    }

    private UpdateResult finish(OpenJournal transaction) throws UpdateFailure, IOException, InterruptedException {
        JournalView view = transaction.view();
        try {
            SpaceReserve.release(context);
        } catch (IOException e) {
            log.warning("could not give up the reserved space", e);
        }
        UpdateResult outcome;
        boolean givenUp = false;
        if (view.hasReached(Phase.VERIFIED)) {
            // Nothing is removed before it is durable that nothing of it is needed.
            timeline.phase(
                    "roll back", () -> transaction.journal().reached(Phase.VERIFIED, "found restored by a recovery"));
            outcome = UpdateResult.restored(
                    reason(view), view.steps(), transaction.begin().before().active());
        } else if (view.committed()) {
            timeline.phase("commit", () -> transaction.journal().reached(Phase.COMMITTED, "found by a recovery"));
            startDependents(transaction.begin().before());
            outcome = UpdateResult.updated(view.steps());
        } else if (!view.undoHasBegun() && provedHealthy(transaction)) {
            timeline.phase(
                    "commit", () -> transaction.journal().reached(Phase.COMMITTED, "found healthy by a recovery"));
            startDependents(transaction.begin().before());
            outcome = UpdateResult.updated(view.steps());
        } else {
            outcome = rollback.run(
                    transaction, reason(view), "Look into " + context.layout().log());
            givenUp = giveUp && !rollback.leftAlone();
            if (givenUp && outcome.kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE) {
                outcome = outcome.advising(
                        "It was given up as asked, and the backup removed: install the agent again if it"
                                + " does not work");
            }
        }
        boolean known = outcome.kind() != UpdateReport.Outcome.ROLLBACK_INCOMPLETE
                && reporting.hasWritten(transaction.begin(), outcome);
        if (!known) {
            reporting.write(transaction.begin(), outcome, UpdateReport.FileCounts.NONE, List.of());
        }
        CleanUp cleanUp = new CleanUp(context, log);
        if (outcome.kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE && !givenUp) {
            cleanUp.afterIncompleteRollback();
        } else {
            cleanUp.afterOutcome();
        }
        return outcome;
    }

    private boolean provedHealthy(OpenJournal transaction) throws UpdateFailure.Service, IOException {
        Begin begin = transaction.begin();
        if (!transaction.view().hasReached(Phase.START_REQUESTED)
                || !status.changedTo(StatusFile.INSTALLED, begin.statusBefore())) {
            return false;
        }
        if (hasLeftTraces(transaction)) {
            return false;
        }
        ServiceState state = context.service().state();
        return state.running() || boot.isAfter(begin.bootId());
    }

    /**
     * Returns whether an undo had begun whose mark is lost: the old agent, which ran since, may have written what the status
     * file says. An undo leaves a list where it could not finish, and uses up the backups of what was replaced, but not the
     * directories they are in. What the agent removed as it stopped has no backup either, and is not in the manifest.
     */
    private boolean hasLeftTraces(OpenJournal transaction) throws IOException {
        if (Files.exists(StateFiles.pendingRestores(context.layout()), LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        Set<String> gone = new HashSet<>();
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            transaction.view().<IOException>forEachStepForward((index, step) -> {
                if (step instanceof Step.PlaceFile file
                        && file.replaces()
                        && file.byRename()
                        && file.target().anchor().equals(context.layout().home())
                        && gone.size() < FEW
                        && isUsedUp(opened, file.backup())) {
                    gone.add(file.target().path());
                }
            });
        }
        return !gone.isEmpty() && wasAnyOf(gone);
    }

    private static boolean isUsedUp(DirectoryChain opened, Place backup) throws IOException {
        try {
            return opened.parent(backup).look(backup.name()).isEmpty();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    private boolean wasAnyOf(Set<String> paths) throws IOException {
        try (ManifestReader manifest = HomeBackup.manifest(context)) {
            for (Optional<ManifestEntry> next = manifest.next(); next.isPresent(); next = manifest.next()) {
                if (paths.contains(next.get().file().path())) {
                    return true;
                }
            }
        }
        return false;
    }

    private void startDependents(ServiceFacts before) {
        try {
            context.service().startDependents(before.dependents());
        } catch (UpdateFailure.Service e) {
            log.warning("could not start the services that depend on the agent", e);
        }
    }

    private static String reason(JournalView view) {
        Optional<Reached> undoing = view.firstReached(Phase.ROLLING_BACK);
        if (undoing.isPresent() && !undoing.get().detail().isEmpty()) {
            return undoing.get().detail();
        }
        String last = view.reached().isEmpty()
                ? "nothing"
                : view.reached().getLast().phase().name();
        return "the updater ended in the middle of the update (last mark: " + last + ")";
    }

    /** A journal that is damaged in its middle tells nothing that could be relied upon: the least that helps is done. */
    private UpdateResult quarantine(DamagedLogException damage) throws IOException, UpdateFailure {
        Path aside = context.layout()
                .state()
                .resolve("journal.damaged-" + context.clock().now().getEpochSecond());
        Files.move(context.layout().journal(), aside, StandardCopyOption.ATOMIC_MOVE);
        log.error("the journal is damaged and was put aside", damage, "path", aside);
        if (!context.service().state().running()) {
            context.service().start();
        }
        context.service().guard().disarm();
        return UpdateResult.untouched(
                UpdateReport.Outcome.ROLLBACK_INCOMPLETE,
                "the journal of an unfinished update is damaged: " + damage.getMessage(),
                "It was put aside as " + aside + ", and the backup in "
                        + context.layout().rollback() + " is kept: compare it with home and install the agent again");
    }
}
