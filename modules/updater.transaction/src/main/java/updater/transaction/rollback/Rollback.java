package updater.transaction.rollback;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import updater.api.Reason;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.HeapGrowth;
import updater.processes.Boot;
import updater.state.document.UpdateReport;
import updater.state.journal.JournalRecord.Reached;
import updater.state.journal.Phase;
import updater.state.log.DamagedLogException;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.apply.StepExecutor;
import updater.transaction.backup.UnreadCopies;
import updater.transaction.context.AgentRun;
import updater.transaction.context.EventLog;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StateFiles;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;

/**
 * The way back of one update, from its journal alone: record it, stop the new agent, roll the files back, start the old
 * agent, verify contents.
 *
 * <p>Idempotent and resumable: every part is skipped or repeated harmlessly when an earlier run got through it. Best
 * effort: a failing part is recorded and the rest still runs. If anything failed, backup and journal are kept for the next
 * recovery.
 */
public final class Rollback {
    private static final int MAX_NAMED = 10;
    private static final int OUTPUT_LINES = 20;
    private static final int LONGEST_LINE = 400;

    private final UpdateContext context;
    private final StatusFile status;
    private final Timeline timeline;
    private final Boot boot;
    private final EventLog log;
    private final BestEffort problems;
    private final RollbackVerification verification;
    private final PendingRestores pending;
    private final FileRollback files;
    private boolean skipped;
    private boolean pendingUnknown;

    /** Where a recovery sees that a rollback has begun. */
    private enum Recorded {
        IN_JOURNAL,
        IN_STATUS_FILE,
        NOWHERE
    }

    public Rollback(UpdateContext context, StatusFile status, Timeline timeline, Boot boot, EventLog log) {
        this.context = context;
        this.status = status;
        this.timeline = timeline;
        this.boot = boot;
        this.log = log;
        this.problems = new BestEffort(log);
        this.pending = new PendingRestores(context);
        this.verification = new RollbackVerification(context, pending);
        this.files = new FileRollback(context, problems, verification, pending, log);
    }

    /**
     * Rolls back an update whose stop was requested.
     *
     * @param reason why, for the status file and the report
     */
    public UpdateResult run(OpenJournal journal, String reason, String advice) throws InterruptedException {
        log.error("rolling back", "reason", reason);
        HeapGrowth.inDowntime();
        boolean rolledBackBefore = journal.view().hasReached(Phase.ROLLED_BACK);
        boolean touched = journal.touched();
        boolean rebooted = boot.isAfter(journal.begin().before().bootId());
        boolean runsOn = !journal.stopDispatched() && !rebooted && isTheRunFound(journal);
        StepExecutor steps = new StepExecutor(context, journal.begin().before().service(), timeline);
        KeptFiles kept = new KeptFiles(context, journal.begin().id(), startedAt(journal), log);
        DeferredRelease displaced = new DeferredRelease(
                context.disk(), context.layout().home(), context.layout().rollback(), kept);
        Optional<SortedMap<String, PendingRestores.State>> earlier = leftPending();
        if (rolledBackBefore) {
            pending.complete();
        } else {
            phase("roll back", () -> rollBack(journal, reason, steps, displaced, earlier, runsOn));
        }
        if (complete()) {
            // Also where it is found, for then it may never have been forced, and the old agent is about to write.
            problems.tryTo(
                    "record the rollback in " + context.layout().journal(),
                    () -> journal.reached(Phase.ROLLED_BACK, ""));
        }
        if (!complete()) {
            writePending();
        }
        Instant newAgentsEnd = context.clock().now();
        OldAgentStart oldAgent = new OldAgentStart(context, steps, verification, log);
        boolean ownRun = touched && !rolledBackBefore && !skipped;
        phase(
                "start the old agent",
                () -> oldAgent.run(journal.begin().before().service(), ownRun, rebooted, runsOn, problems));
        displaced.close();
        HeapGrowth.afterDowntime();
        if (touched && !skipped) {
            phase(
                    "verify contents",
                    () -> problems.tryTo("compare contents", () -> verification.content(new RestoreScope(earlier))));
        }
        return finish(journal, reason, advice, kept, oldAgent.active()).hearing(output(journal, newAgentsEnd));
    }

    /** What the new agent said at last. It is read once the old one runs again. */
    private List<String> output(OpenJournal journal, Instant end) {
        Optional<Reached> started = journal.view().firstReached(Phase.START_REQUESTED);
        if (started.isEmpty()) {
            return List.of();
        }
        try {
            return context.service().output(started.get().at(), end, OUTPUT_LINES).stream()
                    .map(line -> line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…")
                    .toList();
        } catch (UpdateFailure.Service e) {
            log.warning("could not read what the new agent wrote", e);
            return List.of();
        }
    }

    /** Returns whether the last run restored nothing because it could not be recorded first. */
    public boolean skipped() {
        return skipped;
    }

    private void rollBack(
            OpenJournal journal,
            String reason,
            StepExecutor steps,
            DisplacedFiles displaced,
            Optional<SortedMap<String, PendingRestores.State>> earlier,
            boolean runsOn)
            throws InterruptedException {
        boolean touched = journal.touched();
        problems.tryTo("give up the reserved space", () -> SpaceReserve.release(context));
        Recorded recorded = record(journal, reason);
        if (touched && (recorded == Recorded.NOWHERE || pendingUnknown)) {
            skip();
            return;
        }
        boolean stopped = runsOn || stop(steps, touched);
        // The new agent may have had the last word.
        boolean written = writeStatus(journal, reason);
        if (!touched) {
            if (journal.view().definitionFirst()) {
                files.definitionBeforeStop(journal, steps, displaced);
            }
            return;
        }
        if (recorded == Recorded.IN_STATUS_FILE && !written) {
            skip();
            return;
        }
        problems.tryTo("read what was copied in the downtime", () -> UnreadCopies.read(context));
        boolean known = files.run(journal, steps, displaced, earlier);
        // A new agent that runs on may write what no list knows of; once there was a list, it is the old one.
        if (known && (stopped || earlier.isPresent())) {
            pending.complete();
        }
    }

    private void skip() {
        skipped = true;
        log.error("nothing is restored: it is not known what, or no recovery would know of it");
    }

    /** Returns whether the agent is the process that ran when its stop was requested. */
    private boolean isTheRunFound(OpenJournal journal) {
        String found = journal.view()
                .firstReached(Phase.STOP_REQUESTED)
                .map(Reached::detail)
                .orElse("");
        return !found.isEmpty() && found.equals(AgentRun.of(context, log));
    }

    private boolean complete() {
        return problems.none() && verification.result().differences().isEmpty();
    }

    /**
     * Makes sure that no recovery takes the update for a healthy one from here on, and returns where it says so: half
     * rolled back and then committed by a recovery would be worse than not rolled back. A commit that was recorded and not
     * forced outweighs the status file: only a record of the rollback takes it back, and without one the agent that was
     * found healthy runs on, its status file as it is.
     */
    private Recorded record(OpenJournal journal, String reason) throws InterruptedException {
        boolean recorded = problems.tryTo(
                "record the rollback in " + context.layout().journal(),
                () -> journal.reached(Phase.ROLLING_BACK, reason));
        if (!recorded && journal.mayBeCommitted()) {
            return Recorded.NOWHERE;
        }
        boolean written = writeStatus(journal, reason);
        if (recorded) {
            return Recorded.IN_JOURNAL;
        }
        return written ? Recorded.IN_STATUS_FILE : Recorded.NOWHERE;
    }

    private boolean writeStatus(OpenJournal journal, String reason) throws InterruptedException {
        return problems.tryTo(
                "write the status file",
                () -> status.writeFailure(journal.begin().before().status(), reason));
    }

    private boolean stop(StepExecutor steps, boolean touched) throws InterruptedException {
        Step.StartService start = new Step.StartService(context.serviceName());
        if (touched) {
            return problems.tryAgainTo(
                    "stop the new agent", context.clock(), () -> steps.undo(start, DisplacedFiles.nothing()));
        }
        try {
            steps.undo(start, DisplacedFiles.nothing());
        } catch (UpdateFailure | IOException e) {
            // It is the old agent, on files that the update has not touched: it may as well run on.
            log.warning("could not stop the old agent", e);
        }
        return true;
    }

    private Optional<SortedMap<String, PendingRestores.State>> leftPending() {
        try {
            return PendingRestores.read(context);
        } catch (DamagedLogException e) {
            log.warning("the list of what an earlier rollback left pending is damaged: all of home is compared", e);
        } catch (IOException e) {
            pendingUnknown = true;
            problems.add(
                    "could not read what an earlier rollback left pending in "
                            + StateFiles.pendingRestores(context.layout()) + ": " + Reason.at(e),
                    e);
        }
        return Optional.empty();
    }

    private void writePending() throws InterruptedException {
        problems.tryTo(
                "list what could not be restored in " + StateFiles.pendingRestores(context.layout()), pending::write);
    }

    private UpdateResult finish(OpenJournal journal, String reason, String advice, KeptFiles kept, boolean active)
            throws InterruptedException {
        UpdateReport.Verification verified = verification.result();
        UpdateReport.StepCounts counts =
                new UpdateReport.StepCounts(journal.view().steps(), 0, files.undone(), files.failed());
        if (complete()) {
            problems.tryTo(
                    "record the verification in " + context.layout().journal(),
                    () -> journal.reached(Phase.VERIFIED, ""));
        }
        // Without that record a recovery would ask for the manifest again, so that nothing may be cleaned up.
        if (complete()) {
            return new UpdateResult(
                    UpdateReport.Outcome.ROLLED_BACK, reason, advice, counts, active, findings(verified, kept));
        }
        // It may be that only now there is room again.
        writePending();
        String trouble = Stream.concat(problems.shown().stream(), verified.differences().stream())
                .limit(MAX_NAMED)
                .reduce((one, other) -> one + "; " + other)
                .orElse("");
        if (!skipped || !journal.mayBeCommitted()) {
            problems.tryTo(
                    "record the rollback as incomplete in " + context.layout().journal(),
                    () -> journal.reached(Phase.ROLLBACK_INCOMPLETE, trouble));
        }
        return new UpdateResult(
                UpdateReport.Outcome.ROLLBACK_INCOMPLETE,
                reason + "; the rollback is incomplete: " + trouble,
                "Remove the cause, then run '" + context.layout().stateLauncher()
                        + " recover': backup and journal are kept. What cannot be restored any more is given up with"
                        + " --give-up behind it",
                counts,
                active,
                findings(verified, kept));
    }

    private UpdateResult.RollbackFindings findings(UpdateReport.Verification verified, KeptFiles kept) {
        return new UpdateResult.RollbackFindings(
                verified,
                Stream.concat(kept.listed().stream(), verification.grown().stream())
                        .toList(),
                List.of());
    }

    /**
     * When the new agent may have begun to write. When it was never started, what is later than the stop was written by the
     * old agent after a rollback that was incomplete: no less worth keeping.
     */
    private static Instant startedAt(OpenJournal journal) {
        return journal.view()
                .firstReached(Phase.START_REQUESTED)
                .or(() -> journal.view().firstReached(Phase.STOP_REQUESTED))
                .map(Reached::at)
                .orElse(Instant.MAX);
    }

    private void phase(String name, Timeline.Task work) throws InterruptedException {
        try {
            timeline.phase(name, work);
        } catch (UpdateFailure e) {
            problems.add(e.fullMessage(), e);
        }
    }
}
