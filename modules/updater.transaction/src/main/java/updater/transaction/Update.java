package updater.transaction;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.state.document.UpdateReport;
import updater.state.journal.Phase;
import updater.transaction.apply.HealthCheck;
import updater.transaction.apply.StepExecutor;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.EventLog;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.context.WrittenMounts;
import updater.transaction.prepare.Plan;
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
    private static final int RELABELLED_AT_ONCE = 500;

    /**
     * Updates. The lock is held, and nothing is left of an earlier update.
     *
     * @throws UpdateFailure when it was refused before the stop was requested; nothing has changed then
     */
    UpdateResult run() throws UpdateFailure, IOException, InterruptedException {
        try (Prepared prepared = timeline.phase("prepare", preparation::run)) {
            requestStop(prepared.transaction());
            WorkDirectory.linkRollback(context);
            UpdateResult outcome = apply(prepared);
            Plan plan = prepared.plan();
            reporting.write(
                    prepared.transaction().begin(),
                    outcome,
                    new UpdateReport.FileCounts(
                            plan.replaced(), plan.created(), plan.unchanged(), plan.preserved(), plan.bytes()),
                    prepared.warnings());
            cleanUp(outcome);
            return outcome;
        }
    }

    /**
     * From here on a recovery must see to it that the agent runs. Where this cannot be made durable nothing has been
     * touched, and nothing will be.
     */
    private void requestStop(OpenJournal journal) throws UpdateFailure, InterruptedException {
        try {
            preparation.requireCaller();
            timeline.phase("request stop", () -> journal.reached(Phase.STOP_REQUESTED, ""));
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
        try (StepExecutor steps = new StepExecutor(context, journal.begin().before(), timeline)) {
            timeline.phase("stop", () -> steps.apply(new Step.StopService(context.serviceName())));
            timeline.phase("back up", () -> backUp(prepared));
            WrittenMounts mounts = timeline.phase("install", () -> install(journal, steps));
            if (prepared.definition().isPresent()) {
                timeline.phase(
                        "definition", () -> steps.apply(prepared.definition().get()));
            }
            long started = timeline.phase("start", () -> start(prepared, steps, mounts));
            String health = timeline.phase(
                    "health check",
                    () -> new HealthCheck(context, status, log)
                            .untilHealthy(started, journal.begin().statusBefore()));
            log.info("the new agent is healthy", "because", health);
            timeline.phase("commit", () -> journal.reached(Phase.COMMITTED, health));
        } catch (UpdateFailure e) {
            return failed(journal, e.getMessage(), e.advice(), e);
        } catch (IOException e) {
            return failed(journal, "could not close what was placed in: " + e.getMessage(), "", e);
        } catch (RuntimeException | VirtualMachineError | LinkageError | AssertionError e) {
            // Nothing says that what failed to load or to allocate is needed for the way back, too.
            return failed(
                    journal,
                    "internal error: " + e,
                    "Report it with " + context.layout().log(),
                    e);
        }
        startDependents(context, journal, log);
        return UpdateResult.updated(journal.view().steps());
    }

    /** The manifest, and the copies taken just now, must be durable before anything is placed. */
    private void backUp(Prepared prepared) throws IOException {
        prepared.transaction().journal().reachedUnforced(Phase.STOPPED, "");
        try (Directory home = context.disk().open(context.layout().home())) {
            prepared.backup().complete(home);
            prepared.outside().complete();
            log.debug(
                    "second pass",
                    "changed_paths",
                    prepared.backup().inWindow().changedPaths(),
                    "copied_bytes",
                    prepared.backup().inWindow().copiedBytes());
            if (prepared.backup().inWindow().copiedBytes() > 0) {
                home.syncFileSystem();
                WrittenMounts.forceBackup(context);
            }
        }
        try (Directory state = context.disk().open(context.layout().state())) {
            state.force();
        }
        prepared.transaction().journal().reached(Phase.BACKED_UP, "");
    }

    /** Returns which file systems within home were written to. */
    private WrittenMounts install(OpenJournal journal, StepExecutor steps) throws UpdateFailure, IOException {
        WrittenMounts mounts =
                new WrittenMounts(context.disk(), context.layout().home());
        List<Path> created = new ArrayList<>();
        journal.view().<UpdateFailure>forEachStepForward((index, step) -> {
            switch (step) {
                case Step.CreateDirectory directory -> {
                    steps.apply(directory);
                    mounts.addParentOf(directory.target());
                    created.add(directory.target().display());
                }
                case Step.PlaceFile file -> {
                    steps.apply(file);
                    if (!file.byRename()) {
                        mounts.addParentOf(file.target());
                    }
                    if (!file.replaces()) {
                        created.add(file.target().display());
                    }
                }
                case Step.StopService _, Step.StartService _, Step.ReplaceDefinition _, Step.ConfigureService _ -> {
                    // These have phases of their own.
                }
            }
            if (created.size() >= RELABELLED_AT_ONCE) {
                context.service().relabel(created);
                created.clear();
            }
        });
        if (!created.isEmpty()) {
            context.service().relabel(created);
        }
        return mounts;
    }

    /** Everything that was placed, directories included, must be durable before the mark that lets a recovery commit. */
    private long start(Prepared prepared, StepExecutor steps, WrittenMounts mounts) throws UpdateFailure, IOException {
        OpenJournal journal = prepared.transaction();
        // Nothing is left open that could fail to close behind the commit: that would roll back a healthy agent.
        steps.close();
        try (Directory home = context.disk().open(context.layout().home())) {
            home.syncFileSystem();
        }
        mounts.force();
        for (Path anchor : prepared.outsideAnchors()) {
            try (Directory outside = context.disk().open(anchor)) {
                outside.syncFileSystem();
            }
        }
        journal.journal().reachedUnforced(Phase.INSTALLED, "");
        journal.reached(Phase.START_REQUESTED, "");
        steps.apply(new Step.StartService(context.serviceName()));
        return context.clock().nanos();
    }

    /** The new version stays whatever becomes of the services that depend on it. */
    static void startDependents(UpdateContext context, OpenJournal journal, EventLog log) {
        try {
            context.service().startDependents(journal.begin().before().dependents());
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
            case UPDATED, ROLLED_BACK -> cleanUp.afterOutcome(outcome);
            case ROLLBACK_INCOMPLETE -> cleanUp.afterIncompleteRollback();
            case REFUSED, ABORTED -> throw new IllegalStateException("the stop was requested");
        }
    }
}
