package updater.transaction.rollback;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import updater.api.Place;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.fs.Directory;
import updater.processes.Boot;
import updater.state.document.UpdateReport;
import updater.state.journal.JournalRecord.Reached;
import updater.state.journal.Phase;
import updater.state.log.DamagedLogException;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.apply.StepExecutor;
import updater.transaction.context.EventLog;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StateFiles;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.context.WrittenMounts;

/**
 * Put everything back, from the journal alone, and prove it.
 *
 * <p>Idempotent and resumable: every part is skipped or repeated harmlessly when an earlier run got through it. Carries
 * on past whatever fails, notes it, and then keeps backup and journal.
 */
public final class Rollback {
    private static final Duration START_BOUND = Duration.ofSeconds(30);

    private final UpdateContext context;
    private final StatusFile status;
    private final Timeline timeline;
    private final Boot boot;
    private final EventLog log;
    private final BestEffort problems;
    private final RollbackVerification proof;
    private final PendingRestores pending;
    private long undone;
    private long failedToUndo;
    private boolean active;

    /** Nothing was put back, for no recovery would have known of it. */
    private boolean leftAlone;

    private boolean leftUnknown;

    /** Where a recovery sees that an undo has begun. */
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
        this.proof = new RollbackVerification(context, pending);
    }

    /**
     * Rolls back an update whose stop was requested.
     *
     * @param reason why, for the status file and the report
     */
    public UpdateResult run(OpenJournal transaction, String reason, String advice) throws InterruptedException {
        log.error("rolling back", "reason", reason);
        boolean undoneBefore = transaction.view().hasReached(Phase.ROLLED_BACK);
        boolean touched = transaction.touched();
        StepExecutor steps = new StepExecutor(context, transaction.begin().before(), timeline);
        KeptFiles kept = new KeptFiles(context, transaction.begin().id(), startedAt(transaction), log);
        DeferredRelease displaced =
                new DeferredRelease(context.disk(), context.layout().home(), kept);
        Optional<SortedMap<String, PendingRestores.Left>> left = leftByEarlierUndo();
        if (undoneBefore) {
            pending.complete();
        } else {
            phase("roll back", () -> undo(transaction, reason, steps, displaced, left));
        }
        if (complete()) {
            // Also where it is found, for then it may never have been forced, and the old agent is about to write.
            problems.attempt(
                    "mark the undo as done in " + context.layout().journal(),
                    () -> transaction.journal().reached(Phase.ROLLED_BACK, ""));
        }
        if (!complete()) {
            listUnrestored();
        }
        phase("start the old agent", () -> startOld(transaction, steps));
        displaced.close();
        if (touched && !leftAlone) {
            phase(
                    "verify contents",
                    () -> problems.attempt("compare contents", () -> proof.content(new RestoreScope(left))));
        }
        return finish(transaction, reason, advice, kept);
    }

    private void undo(
            OpenJournal transaction,
            String reason,
            StepExecutor steps,
            DisplacedFiles displaced,
            Optional<SortedMap<String, PendingRestores.Left>> left)
            throws InterruptedException {
        boolean touched = transaction.touched();
        problems.attempt("give up the reserved space", () -> SpaceReserve.release(context));
        Recorded recorded = record(transaction, reason);
        if (touched && (recorded == Recorded.NOWHERE || leftUnknown)) {
            leaveAlone();
            return;
        }
        boolean stopped = stop(steps, touched);
        // The new agent may have had the last word.
        boolean written = writeStatus(transaction, reason);
        if (!touched) {
            return;
        }
        if (recorded == Recorded.IN_STATUS_FILE && !written) {
            leaveAlone();
            return;
        }
        boolean known = undoFiles(transaction, steps, displaced, left);
        problems.attempt("close what was placed in", steps::close);
        // A new agent that runs on may write what no list knows of; once there was a list, it is the old one.
        if (known && (stopped || left.isPresent())) {
            pending.complete();
        }
    }

    /** Returns whether the last run put nothing back. */
    public boolean leftAlone() {
        return leftAlone;
    }

    private void leaveAlone() {
        leftAlone = true;
        log.error("nothing is put back: it is not known what, or no recovery would know of it");
    }

    private boolean complete() {
        return problems.none() && proof.result().differences().isEmpty();
    }

    /**
     * Makes sure that nobody takes the update for a healthy one from here on, and returns what does: half undone and then
     * committed by a recovery would be worse than not undone. A mark of the commit that was written and not forced outweighs
     * the status file: only a mark of the undo takes it back, and without one the agent that was found healthy is left
     * alone, its status file included.
     */
    private Recorded record(OpenJournal transaction, String reason) throws InterruptedException {
        boolean marked = attempt(
                "mark the undo in " + context.layout().journal(),
                () -> transaction.journal().reached(Phase.ROLLING_BACK, reason));
        if (!marked && transaction.mayBeCommitted()) {
            return Recorded.NOWHERE;
        }
        boolean written = writeStatus(transaction, reason);
        if (marked) {
            return Recorded.IN_JOURNAL;
        }
        return written ? Recorded.IN_STATUS_FILE : Recorded.NOWHERE;
    }

    private boolean writeStatus(OpenJournal transaction, String reason) throws InterruptedException {
        return attempt(
                "write the status file",
                () -> status.writeFailure(transaction.begin().statusBefore(), reason));
    }

    private boolean stop(StepExecutor steps, boolean touched) throws InterruptedException {
        Step.StartService start = new Step.StartService(context.serviceName());
        if (touched) {
            return attempt("stop the new agent", () -> steps.undo(start, DisplacedFiles.nothing()));
        }
        try {
            steps.undo(start, DisplacedFiles.nothing());
        } catch (UpdateFailure | IOException e) {
            // It is the old agent, on files that nobody has touched: it may as well run on.
            log.warning("could not stop the old agent", e);
        }
        return true;
    }

    private boolean attempt(String what, BestEffort.Attempt work) throws InterruptedException {
        long before = problems.count();
        problems.attempt(what, work);
        return problems.count() == before;
    }

    /** Returns whether what could be put back is durable, and what could not is known. */
    private boolean undoFiles(
            OpenJournal transaction,
            StepExecutor steps,
            DisplacedFiles displaced,
            Optional<SortedMap<String, PendingRestores.Left>> left)
            throws InterruptedException {
        problems.attempt(
                "read the plan",
                () -> transaction.view().<Exception>forEachStepBackward((index, step) -> {
                    if (isUndoneHere(step, left.isEmpty())) {
                        undo(steps, step, displaced);
                    }
                }));
        WrittenMounts mounts =
                new WrittenMounts(context.disk(), context.layout().home());
        problems.attempt(
                "restore home",
                () -> HomeRestore.run(context, problems, displaced, new RestoreScope(left), pending, mounts, log));
        boolean forced = attempt("force what was restored", () -> force(transaction, mounts));
        return attempt("compare home with its manifest", () -> proof.identity(new RestoreScope(left))) && forced;
    }

    /**
     * Stopping the new agent came first, starting the old one comes last: both have their own phase. What an earlier undo
     * has left of home is the revert's business alone: a file that has a step's name now may be of the agent that ran
     * since.
     */
    private boolean isUndoneHere(Step step, boolean home) {
        return switch (step) {
            case Step.StopService _, Step.StartService _ -> false;
            case Step.CreateDirectory directory -> home || !isInHome(directory.target());
            case Step.PlaceFile file -> home || !isInHome(file.target());
            case Step.ReplaceDefinition _, Step.ConfigureService _ -> true;
        };
    }

    private boolean isInHome(Place place) {
        return place.anchor().equals(context.layout().home());
    }

    private Optional<SortedMap<String, PendingRestores.Left>> leftByEarlierUndo() {
        try {
            return PendingRestores.read(context);
        } catch (DamagedLogException e) {
            log.warning("the list of what an earlier undo had left is damaged: all of home is compared", e);
        } catch (IOException e) {
            leftUnknown = true;
            problems.add(
                    "could not read what an earlier undo had left in " + StateFiles.pendingRestores(context.layout())
                            + ": " + e.getMessage(),
                    e);
        }
        return Optional.empty();
    }

    private void listUnrestored() throws InterruptedException {
        problems.attempt(
                "list what could not be restored in " + StateFiles.pendingRestores(context.layout()), pending::write);
    }

    private void undo(StepExecutor steps, Step step, DisplacedFiles displaced) throws InterruptedException {
        if (attempt("undo " + StepExecutor.describe(step), () -> steps.undo(step, displaced))) {
            undone++;
        } else {
            failedToUndo++;
        }
    }

    private void force(OpenJournal transaction, WrittenMounts mounts) throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            home.syncFileSystem();
        }
        mounts.force();
        transaction.view().<IOException>forEachStepForward((index, step) -> {
            Place target = switch (step) {
                case Step.PlaceFile file -> file.target();
                case Step.ReplaceDefinition definition -> definition.file().target();
                case Step.StopService _, Step.StartService _, Step.CreateDirectory _, Step.ConfigureService _ -> null;
            };
            if (target != null && !isInHome(target)) {
                try (Directory directory = context.disk().open(target.anchor())) {
                    directory.syncFileSystem();
                }
            }
        });
    }

    private void startOld(OpenJournal transaction, StepExecutor steps) throws InterruptedException {
        ServiceFacts before = transaction.begin().before();
        boolean rebooted = boot.isAfter(transaction.begin().bootId());
        if (!before.active()) {
            return;
        }
        problems.attempt("start the old agent", () -> {
            steps.undo(new Step.StopService(context.serviceName()), DisplacedFiles.nothing());
            if (rebooted) {
                // The host may still be booting, and the boot may be waiting for this very process.
                active = true;
            } else {
                awaitRunning();
            }
        });
        problems.attempt(
                "start the services that depend on the agent",
                () -> context.service().startDependents(before.dependents()));
        problems.attempt("compare the service with what it was", () -> {
            String enablement = context.service().inspect().enablement();
            if (!enablement.equals(before.enablement())) {
                proof.differs(context.serviceName() + ": enablement expected " + before.enablement() + ", found "
                        + enablement);
            }
        });
    }

    /** A service manager that is too busy with all this to answer is asked again. */
    private void awaitRunning() throws UpdateFailure, InterruptedException {
        Duration settle = context.product().health().settle();
        long start = context.clock().nanos();
        Optional<ServiceState> first = Optional.empty();
        long runningSince = start;
        while (true) {
            boolean late = context.clock().since(start).compareTo(START_BOUND) >= 0;
            Optional<ServiceState> state = look(late);
            if (state.isPresent() && state.get().running()) {
                if (first.isEmpty()) {
                    first = state;
                    runningSince = context.clock().nanos();
                }
                if (first.get().mainPid() != state.get().mainPid()) {
                    throw notRunning(state.get());
                }
                if (context.clock().since(runningSince).compareTo(settle) >= 0) {
                    active = true;
                    return;
                }
            } else if (state.isPresent()
                    && (first.isPresent() || late || state.get().activity() == Activity.FAILED)) {
                throw notRunning(state.get());
            }
            context.clock().pause(context.product().health().poll());
        }
    }

    private Optional<ServiceState> look(boolean late) throws UpdateFailure.Service {
        try {
            return Optional.of(context.service().state());
        } catch (UpdateFailure.Service e) {
            if (late) {
                throw e;
            }
            log.warning("the service manager did not say how the service is", "error", e.fullMessage());
            return Optional.empty();
        }
    }

    private UpdateFailure.Service notRunning(ServiceState state) {
        return new UpdateFailure.Service(
                "the old agent does not run: " + state.activity() + " (" + state.detail() + ")",
                "Start " + context.serviceName() + " and look into its log");
    }

    private UpdateResult finish(OpenJournal transaction, String reason, String advice, KeptFiles kept)
            throws InterruptedException {
        UpdateReport.Verification proven = proof.result();
        UpdateReport.StepCounts counts =
                new UpdateReport.StepCounts(transaction.view().steps(), 0, undone, failedToUndo);
        if (complete()) {
            problems.attempt(
                    "mark the rollback as done in " + context.layout().journal(),
                    () -> transaction.journal().reached(Phase.VERIFIED, ""));
        }
        // Without that mark a recovery would ask for the manifest again, so that nothing may be cleaned up.
        if (complete()) {
            return new UpdateResult(
                    UpdateReport.Outcome.ROLLED_BACK, reason, advice, proven, counts, kept.listed(), active);
        }
        // It may be that only now there is room again.
        listUnrestored();
        String trouble = String.join("; ", first(problems.shown(), proven.differences()));
        if (!leftAlone || !transaction.mayBeCommitted()) {
            problems.attempt(
                    "mark the rollback as incomplete in " + context.layout().journal(),
                    () -> transaction.journal().reached(Phase.ROLLBACK_INCOMPLETE, trouble));
        }
        return new UpdateResult(
                UpdateReport.Outcome.ROLLBACK_INCOMPLETE,
                reason + "; the rollback is incomplete: " + trouble,
                "Remove the cause, then run 'updater recover': backup and journal are kept. What cannot be restored any more"
                        + " is given up with 'updater recover --give-up'",
                proven,
                counts,
                kept.listed(),
                active);
    }

    private static List<String> first(List<String> problems, List<String> differences) {
        return java.util.stream.Stream.concat(problems.stream(), differences.stream())
                .limit(10)
                .toList();
    }

    /**
     * When the new agent may have begun to write. When it was never started, what is later than the stop was written by the
     * old agent after an undo that could not be finished: no less worth keeping.
     */
    private static Instant startedAt(OpenJournal transaction) {
        return transaction
                .view()
                .firstReached(Phase.START_REQUESTED)
                .or(() -> transaction.view().firstReached(Phase.STOP_REQUESTED))
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
