package updater.transaction;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import updater.api.Reason;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.HeapGrowth;
import updater.state.document.UpdateReport;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.Phase;
import updater.transaction.apply.HealthCheck;
import updater.transaction.apply.Probes;
import updater.transaction.apply.StepExecutor;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.AgentRun;
import updater.transaction.context.EventLog;
import updater.transaction.context.Hooks;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Termination;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.context.Withdrawal;
import updater.transaction.context.WrittenMounts;
import updater.transaction.prepare.Migrations;
import updater.transaction.prepare.Preparation;
import updater.transaction.prepare.Prepared;
import updater.transaction.rollback.Rollback;

/**
 * One update: the life of it, from a running old agent to a healthy new one, or back.
 *
 * <pre>
 * prepare → STOP REQUESTED → stop → back up → install → definition → start → watch → COMMIT → clean up
 *    │            └──────────────────── any failure ────────────────────┘
 *    └ failure: refused, host untouched        roll back, prove, report
 * </pre>
 *
 * <p>A definition that stops the old agent as its own one does comes before the stop: loading it costs no downtime there.
 *
 * <p>Everything that takes time is in {@code prepare}, while the old agent runs, or behind the commit. Every phase mark in
 * the journal is durable before what it announces is done; what must be durable before a mark is said beside it.
 */
record Update(
        UpdateContext context,
        Preparation preparation,
        StatusFile status,
        Timeline timeline,
        ReportWriter reporting,
        Rollback rollback,
        EventLog log) {
    private static final String STAYS_STOPPED = "the agent did not run before, and is not started";

    /** Bytes whose copying an operator notices: some tenths of a second. */
    private static final long MUCH_IN_DOWNTIME = 64 << 20;

    /**
     * Updates. The lock is held, and nothing is left of an earlier update.
     *
     * @throws UpdateFailure when it was refused before the stop was requested; nothing has changed then
     */
    UpdateResult run() throws UpdateFailure, IOException, InterruptedException {
        try (Prepared prepared = timeline.phase("prepare", preparation::run)) {
            if (isUnchanged(prepared)) {
                return unchanged(prepared);
            }
            probes().tryOut()
                    .ifPresent(failing -> log.info("the old agent is not what the probes ask for", "because", failing));
            List<String> failedHooks = new ArrayList<>();
            requestStop(prepared, failedHooks);
            WorkDirectory.linkRollback(context);
            UpdateResult outcome = apply(prepared);
            failedHooks.addAll(hooks().after(outcome, prepared.transaction().begin()));
            report(prepared, outcome, failedHooks);
            cleanUp(outcome);
            return outcome;
        }
    }

    private void report(Prepared prepared, UpdateResult outcome, List<String> failedHooks) {
        List<String> warnings = warnings(prepared);
        warnings.addAll(failedHooks);
        reporting.write(prepared.transaction().begin(), outcome, prepared.plan().files(), warnings);
    }

    private Hooks hooks() {
        return new Hooks(context, preparation.invocation(), log);
    }

    private Termination termination() {
        return preparation.invocation().runtime().termination();
    }

    private boolean isUnchanged(Prepared prepared) {
        return prepared.plan().steps() == 0
                && prepared.definition().isEmpty()
                && !context.product().terms().policy().restartWhenUnchanged();
    }

    /** Nobody is stopped for nothing. Who is told of updates is told that the version is installed. */
    private UpdateResult unchanged(Prepared prepared) throws UpdateFailure, InterruptedException {
        preparation.requireWanted(prepared);
        UpdateResult outcome = UpdateResult.untouched(UpdateReport.Outcome.UNCHANGED, whyUnchanged(prepared), "");
        try {
            status.writeSuccess(prepared.transaction().begin().before().status());
        } catch (IOException e) {
            log.warning("could not write the success into the status file", e);
        }
        report(prepared, outcome, List.of());
        cleanUp(outcome);
        return outcome;
    }

    /** What was changed here is not what the bundle holds. */
    private static String whyUnchanged(Prepared prepared) {
        long stayed = prepared.plan().files().stayed();
        return stayed == 0
                ? "what the bundle holds is in place already"
                : "nothing is to be replaced: " + stayed + " of its files were changed on this host and are left so,"
                        + " and the others are in place";
    }

    private boolean starts(Prepared prepared) {
        return preparation.starts(prepared.transaction().begin());
    }

    private List<String> warnings(Prepared prepared) {
        List<String> warnings = new ArrayList<>(prepared.warnings());
        HomeBackup.InDowntime inDowntime = prepared.backup().inDowntime();
        if (inDowntime.copiedBytes() >= MUCH_IN_DOWNTIME) {
            warnings.add(inDowntime.copiedBytes() + " bytes were copied while the agent was down. The largest files: "
                    + String.join(", ", inDowntime.largest())
                    + ". What the agent keeps for itself alone, and no update brings, is not copied at all where the"
                    + " product descriptor lists it as mutable");
        }
        Optional<String> outlived = termination().outlived();
        if (outlived.isPresent()) {
            log.warning(outlived.get());
            warnings.add(outlived.get());
        }
        return warnings;
    }

    /**
     * From here on a recovery must see to it that the agent runs. Where this cannot be made durable nothing has been
     * touched, and nothing will be.
     */
    private void requestStop(Prepared prepared, List<String> failedHooks) throws UpdateFailure, InterruptedException {
        try {
            Begin begin = prepared.transaction().begin();
            failedHooks.addAll(hooks().beforeStop(begin, preparation.patience(begin), !preparation.goesBack()));
            // Before it is asked whether the update is still wanted: little may come between that and the stop.
            HeapGrowth.beforeDowntime();
            preparation.requireWanted(prepared);
            // Only a definition that is loaded first may have to be taken back from under an agent that runs on.
            String run = prepared.definitionBeforeStop().isPresent() ? AgentRun.of(context, log) : "";
            timeline.phase("request stop", () -> prepared.transaction().reached(Phase.STOP_REQUESTED, run));
        } catch (UpdateFailure e) {
            try {
                new CleanUp(context, log).afterAbort();
            } catch (IOException | UpdateFailure.Service alsoFailed) {
                // The guard is still armed then, and deals with whatever is in the journal.
                e.addSuppressed(alsoFailed);
                log.warning("could not remove what was prepared", alsoFailed);
            }
            throw e;
        }
    }

    private UpdateResult apply(Prepared prepared) throws InterruptedException {
        OpenJournal journal = prepared.transaction();
        try (StepExecutor steps =
                new StepExecutor(context, journal.begin().before().service(), timeline)) {
            if (prepared.definitionBeforeStop().isPresent()) {
                timeline.phase("definition", () -> loadDefinition(prepared, steps));
                requireGoingOn();
            }
            timeline.phase("stop", () -> steps.apply(new Step.StopService(context.serviceName())));
            requireGoingOn();
            requireNotWithdrawn(prepared);
            probes().requireSilence();
            timeline.phase("back up", () -> backUp(prepared));
            requireGoingOn();
            timeline.phase("install", () -> {
                timeline.expects(prepared.plan().steps());
                steps.applyFiles(journal.view());
            });
            if (prepared.definition().isPresent()
                    && prepared.definitionBeforeStop().isEmpty()) {
                timeline.phase(
                        "definition", () -> steps.apply(prepared.definition().get()));
            }
            requireGoingOn();
            String because = starts(prepared) ? startAndWatch(prepared, steps) : STAYS_STOPPED;
            if (!starts(prepared)) {
                timeline.phase("make durable", () -> makeDurable(prepared, steps));
            }
            timeline.phase("commit", () -> journal.reached(Phase.COMMITTED, because));
        } catch (UpdateFailure e) {
            return failed(journal, e.getMessage(), e.advice(), e);
        } catch (IOException e) {
            return failed(journal, "could not close what was placed in: " + Reason.at(e), "", e);
        } catch (RuntimeException | VirtualMachineError | LinkageError | AssertionError e) {
            // Nothing says that what failed to load or to allocate is needed for the way back, too.
            return failed(
                    journal,
                    "internal error: " + Reason.ofUnexpected(e),
                    "Report it with " + context.layout().log(),
                    e);
        }
        startDependents(context, journal, log);
        return UpdateResult.updated(journal.view().steps(), starts(prepared));
    }

    private String startAndWatch(Prepared prepared, StepExecutor steps) throws UpdateFailure, InterruptedException {
        OpenJournal journal = prepared.transaction();
        Started started = timeline.phase("start", () -> {
            makeDurable(prepared, steps);
            return start(prepared, steps);
        });
        HeapGrowth.afterDowntime();
        String health = timeline.phase(
                "health check",
                () -> new HealthCheck(context, status, probes(), log)
                        .untilHealthy(
                                started.nanos(),
                                () -> startAgain(journal, steps, started),
                                journal.begin().before().status(),
                                started.status()::get,
                                timeline));
        timeline.healthy();
        log.info("the new agent is healthy", "because", health);
        return health;
    }

    /** What was placed must be durable before the mark that lets a recovery commit. */
    private static void makeDurable(Prepared prepared, StepExecutor steps) throws UpdateFailure, IOException {
        steps.force(prepared.outsideAnchors());
        prepared.transaction().journal().reachedUnforced(Phase.INSTALLED, "");
    }

    private Probes probes() {
        return Probes.of(context, preparation.invocation());
    }

    /** Until the new agent is started, the way back is the shorter one. */
    private void requireGoingOn() throws UpdateFailure.Unhealthy {
        Optional<String> signal = termination().requested();
        if (signal.isPresent()) {
            throw new UpdateFailure.Unhealthy(
                    signal.get() + " asked this updater to end before it started the new agent",
                    "Start the update again");
        }
    }

    /**
     * Once the old agent has ended the status file is its last word. One that says that the update has failed would be all
     * that the new agent finds.
     */
    private void requireNotWithdrawn(Prepared prepared) throws UpdateFailure.Unhealthy {
        Optional<String> withdrawn = new Withdrawal(status).since(prepared.status());
        if (withdrawn.isPresent()) {
            throw new UpdateFailure.Unhealthy(
                    withdrawn.get() + ", while it was being stopped", "Let the agent be offered the update again");
        }
    }

    /**
     * The start of the new agent.
     *
     * @param nanos a moment right before it was dispatched, on the context's clock
     * @param status the status file just before the last start
     */
    private record Started(long nanos, AtomicReference<StatusFile.Seen> status) {}

    /** What it replaces must be durable before, and the stop may be asked for only once that is in the journal. */
    private void loadDefinition(Prepared prepared, StepExecutor steps) throws UpdateFailure, IOException {
        Step.ReplaceDefinition definition = prepared.definitionBeforeStop().orElseThrow();
        prepared.outside().completeBeforeReplacing(definition.file().target());
        steps.apply(definition);
        prepared.transaction().reached(Phase.DEFINITION_LOADED, "");
    }

    /** The manifest, and the copies taken just now, must be durable before anything is placed. */
    private void backUp(Prepared prepared) throws IOException, UpdateFailure.Unhealthy {
        prepared.transaction().journal().reachedUnforced(Phase.STOPPED, "");
        try (Directory home = context.disk().open(context.layout().home())) {
            prepared.backup().complete(home);
            prepared.outside().complete();
            Migrations.requireUnchanged(context, prepared.plan().migrated());
            log.debug(
                    "second pass",
                    "changed_paths",
                    prepared.backup().inDowntime().changedPaths(),
                    "copied_bytes",
                    prepared.backup().inDowntime().copiedBytes());
            if (prepared.backup().inDowntime().copiedBytes() > 0) {
                home.syncFileSystem();
                WrittenMounts.forceBackup(context);
            }
        }
        try (Directory state = context.disk().open(context.layout().state())) {
            state.force();
        }
        prepared.transaction().journal().reached(Phase.BACKED_UP, "");
    }

    private Started start(Prepared prepared, StepExecutor steps) throws UpdateFailure, IOException {
        OpenJournal journal = prepared.transaction();
        status.writeAgain(journal.begin().before().status());
        StatusFile.Seen seen = status.seen();
        // A recovery tells by it what the new agent has written.
        journal.reached(Phase.START_REQUESTED, seen.writing());
        Started started = new Started(context.clock().nanos(), new AtomicReference<>(seen));
        steps.apply(new Step.StartService(context.serviceName()));
        return started;
    }

    /** What the agent has written that somebody else had started before is not the new agent's word. */
    private void startAgain(OpenJournal journal, StepExecutor steps, Started started) throws UpdateFailure {
        steps.restart(() -> {
            status.restore(journal.begin().before().status());
            started.status().set(status.seen());
        });
    }

    /** The new version stays whatever becomes of the services that depend on it. */
    static void startDependents(UpdateContext context, OpenJournal journal, EventLog log) {
        try {
            context.service().startDependents(journal.begin().before().service().dependents());
        } catch (UpdateFailure.Service e) {
            log.warning("could not start the services that depend on the agent", e);
        }
    }

    private UpdateResult failed(OpenJournal journal, String reason, String advice, Throwable cause)
            throws InterruptedException {
        log.error("the update failed", cause);
        OpenJournal now = journal.reread(context, log);
        try {
            return rollback.run(now, reason, advice);
        } finally {
            close(now);
        }
    }

    private void close(OpenJournal journal) {
        try {
            journal.journal().close();
        } catch (IOException e) {
            log.warning("could not close the journal", e);
        }
    }

    private void cleanUp(UpdateResult outcome) throws InterruptedException {
        CleanUp cleanUp = new CleanUp(context, log);
        switch (outcome.kind()) {
            case UPDATED, UNCHANGED, ROLLED_BACK -> cleanUp.afterOutcome(outcome);
            case ROLLBACK_INCOMPLETE -> cleanUp.afterIncompleteRollback();
            case REFUSED, ABORTED, SUPERSEDED -> throw new IllegalStateException("the stop was requested");
        }
    }
}
