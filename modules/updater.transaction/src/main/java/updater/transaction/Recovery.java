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
 * The end of an update whose updater died, forwards or backwards as {@link RecoveryDecision} says. Idempotent, and safe to
 * be killed at any instant and run again.
 */
record Recovery(
        UpdateContext context,
        StatusFile status,
        Timeline timeline,
        ReportWriter reporting,
        Rollback rollback,
        Boot boot,
        EventLog log) {
    /** Stops looking after this many missing backups. */
    private static final int MAX_MISSING_CHECKED = 1_000;

    /**
     * Recovers. The lock is held.
     *
     * @param giveUp whether a rollback that cannot be finished is ended all the same: what it could not restore is in the
     *     report, and the backup is gone
     * @return how the update ended that was found; empty when there was none
     * @throws UpdateFailure.Refused when a newer updater wrote the journal: it is left alone
     */
    Optional<UpdateResult> run(boolean giveUp) throws UpdateFailure, IOException, InterruptedException {
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
        RecoveryDecision.JournalState reached = RecoveryDecision.JournalState.of(view);
        RecoveryDecision decision = RecoveryDecision.of(reached, observe(reached, view));
        log.info("recovery", "journal", reached, "decision", decision);
        if (decision == RecoveryDecision.ABORT) {
            return Optional.of(abort(view));
        }
        try (Journal journal = Journal.resume(view, context.clock(), context.logs())) {
            return Optional.of(
                    finish(new OpenJournal(journal, view, view.begin().orElseThrow()), decision, giveUp));
        }
    }

    /** Looks at the host only where the table asks for it. */
    private RecoveryDecision.Observed observe(RecoveryDecision.JournalState reached, JournalView view)
            throws UpdateFailure.Service, IOException {
        if (reached != RecoveryDecision.JournalState.START_REQUESTED) {
            return RecoveryDecision.Observed.NOTHING;
        }
        Begin begin = view.begin().orElseThrow();
        boolean installed = status.changedTo(StatusFile.INSTALLED, begin.statusBefore());
        boolean traces = installed && hasLeftTraces(view);
        boolean alive = installed && !traces && (context.service().state().running() || boot.isAfter(begin.bootId()));
        return new RecoveryDecision.Observed(installed, traces, alive);
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
        new CleanUp(context, log).afterAbort();
        return outcome;
    }

    private UpdateResult finish(OpenJournal journal, RecoveryDecision decision, boolean giveUp)
            throws UpdateFailure, IOException, InterruptedException {
        releaseReserve();
        UpdateResult result = switch (decision) {
            case COMMIT -> commit(journal);
            case FINISH_ROLLBACK -> finishRollback(journal);
            case ROLL_BACK -> rollBack(journal, giveUp);
            case ABORT -> throw new IllegalStateException("the stop was requested");
        };
        boolean incomplete = result.kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE;
        if (incomplete || !reporting.hasWritten(journal.begin(), result)) {
            reporting.write(journal.begin(), result, UpdateReport.FileCounts.NONE, List.of());
        }
        CleanUp cleanUp = new CleanUp(context, log);
        if (incomplete && !(giveUp && !rollback.skipped())) {
            cleanUp.afterIncompleteRollback();
        } else {
            cleanUp.afterOutcome(result);
        }
        return result;
    }

    private void releaseReserve() {
        try {
            SpaceReserve.release(context);
        } catch (IOException e) {
            log.warning("could not give up the reserved space", e);
        }
    }

    /** A commit that was found need not be durable: it is recorded once more before anything depends on it. */
    private UpdateResult commit(OpenJournal journal) throws UpdateFailure, InterruptedException {
        String detail = journal.view().committed() ? "found by a recovery" : "found healthy by a recovery";
        timeline.phase("commit", () -> journal.reached(Phase.COMMITTED, detail));
        Update.startDependents(context, journal, log);
        return UpdateResult.updated(journal.view().steps());
    }

    /** Nothing is removed before it is durable that nothing of it is needed. */
    private UpdateResult finishRollback(OpenJournal journal) throws UpdateFailure, InterruptedException {
        timeline.phase("roll back", () -> journal.reached(Phase.VERIFIED, "found verified by a recovery"));
        return UpdateResult.restored(
                reason(journal.view()),
                journal.view().steps(),
                journal.begin().before().active());
    }

    private UpdateResult rollBack(OpenJournal journal, boolean giveUp) throws InterruptedException {
        UpdateResult result = rollback.run(
                journal, reason(journal.view()), "Look into " + context.layout().log());
        return giveUp && !rollback.skipped() && result.kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE
                ? result.advising("It was given up as asked, and the backup removed: install the agent again if it"
                        + " does not work")
                : result;
    }

    /**
     * Returns whether a rollback had begun whose record is lost: the old agent, which ran since, may have written what the
     * status file says. A rollback leaves a list where it could not finish, and uses up the backups of what was replaced, but
     * not the directories they are in. What the agent removed as it stopped has no backup either, and is not in the manifest.
     */
    private boolean hasLeftTraces(JournalView view) throws IOException {
        if (Files.exists(StateFiles.pendingRestores(context.layout()), LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        Set<String> gone = new HashSet<>();
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            view.<IOException>forEachStepForward((index, step) -> {
                if (step instanceof Step.PlaceFile file
                        && file.replaces()
                        && file.byRename()
                        && file.target().anchor().equals(context.layout().home())
                        && gone.size() < MAX_MISSING_CHECKED
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

    private static String reason(JournalView view) {
        Optional<Reached> undoing = view.firstReached(Phase.ROLLING_BACK);
        if (undoing.isPresent() && !undoing.get().detail().isEmpty()) {
            return undoing.get().detail();
        }
        String last = view.reached().isEmpty()
                ? "nothing"
                : view.reached().getLast().phase().name();
        return "the updater ended in the middle of the update (last record: " + last + ")";
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
