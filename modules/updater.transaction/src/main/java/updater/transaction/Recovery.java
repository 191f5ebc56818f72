package updater.transaction;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.state.document.UpdateReport;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalRecord.Reached;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.transaction.apply.Probes;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.EventLog;
import updater.transaction.context.Hooks;
import updater.transaction.context.Invocation;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.rollback.BestEffort;
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
        Invocation invocation,
        EventLog log) {
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
            if (giveUp) {
                new DamagedJournal(context.disk(), context.layout()).discard();
            }
            new CleanUp(context, log).disarm();
            return Optional.empty();
        } catch (FutureFormatException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.JOURNAL_OF_NEWER_UPDATER,
                    "a newer updater left an unfinished update: " + e.getMessage(),
                    "Run that updater's 'recover'; nothing was touched",
                    e);
        } catch (DamagedLogException e) {
            return Optional.of(new Quarantine(context, reporting, log).run(e));
        }
        if (view.torn()) {
            log.info("the last record of the journal is torn, as it is when the updater was killed writing it");
        }
        if (Supersession.homeIsGone(context)) {
            return Optional.of(withoutHome(view));
        }
        RecoveryDecision.JournalState reached = RecoveryDecision.JournalState.of(view);
        RecoveryDecision decision = RecoveryDecision.of(reached, observe(reached, view));
        log.info("recovery", "journal", reached, "decision", decision);
        if (decision == RecoveryDecision.ABORT) {
            return Optional.of(abort(view));
        }
        if (decision == RecoveryDecision.SUPERSEDE) {
            return Optional.of(supersede(
                    view,
                    "the files that it replaced are neither those that it found nor those that it placed: the"
                            + " agent was installed anew, or removed"));
        }
        try (Journal journal = Journal.resume(view, context.clock(), context.logs())) {
            return Optional.of(
                    finish(new OpenJournal(journal, view, view.begin().orElseThrow()), decision, giveUp));
        }
    }

    /** Looks at the host only where the table asks for it. */
    private RecoveryDecision.Observed observe(RecoveryDecision.JournalState reached, JournalView view)
            throws UpdateFailure.Service, IOException {
        if (mayBeSuperseded(reached) && isSuperseded(view)) {
            return RecoveryDecision.Observed.SUPERSEDED;
        }
        if (reached != RecoveryDecision.JournalState.START_REQUESTED) {
            return RecoveryDecision.Observed.NOTHING;
        }
        Begin begin = view.begin().orElseThrow();
        // One that was written before the start is the old agent's.
        String writingAtStart =
                view.firstReached(Phase.START_REQUESTED).map(Reached::detail).orElse("");
        boolean installed = status.installedSince(writingAtStart, begin.before().status());
        boolean traces = installed && new RollbackTraces(context, view).found();
        boolean alive = installed && !traces && isAlive(begin);
        return new RecoveryDecision.Observed(false, installed, traces, alive);
    }

    private static boolean mayBeSuperseded(RecoveryDecision.JournalState reached) {
        return switch (reached) {
            case STOP_REQUESTED, START_REQUESTED, ROLLING_BACK -> true;
            case PREPARED, COMMITTED, VERIFIED -> false;
        };
    }

    /** Where it cannot be told, the agent must come back all the same. */
    private boolean isSuperseded(JournalView view) {
        try {
            return new Supersession(context, view, status).found();
        } catch (IOException | UpdateFailure e) {
            log.warning("could not tell whether the agent was installed anew since", e);
            return false;
        }
    }

    /** After a boot the service may be still to come, and can be believed to only where nothing but its report is asked. */
    private boolean isAlive(Begin begin) throws UpdateFailure.Service {
        Probes probes = Probes.of(context, invocation);
        if (probes.described().isEmpty()
                && invocation.boot().isAfter(begin.before().bootId())) {
            return true;
        }
        ServiceState state = context.service().state();
        return state.running()
                && state.run().outdated().isEmpty()
                && probes.failing(state).isEmpty();
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

    /**
     * Home may be on a disk that is not there yet: where its service is, the journal stays, and whoever brings home back
     * recovers. But no guard comes every few seconds for what may be gone for ever.
     */
    private UpdateResult withoutHome(JournalView view) throws UpdateFailure, IOException, InterruptedException {
        if (Supersession.serviceIsGone(context)) {
            return supersede(view, "its home and its service are gone: the agent was removed");
        }
        if (!invocation.boot().underWay()) {
            context.service().guard().disarm();
        }
        throw new UpdateFailure.Refused(
                RefusalCode.HOME_UNUSABLE,
                "an update is unfinished, and its home " + context.layout().home() + " is gone",
                "Bring home back and run '" + context.layout().stateLauncher()
                        + " recover'; where the agent is gone for" + " good, run '"
                        + context.layout().stateLauncher() + " purge'");
    }

    /** Closes the journal. What was installed since is left as it is, and runs. */
    private UpdateResult supersede(JournalView view, String because)
            throws UpdateFailure, IOException, InterruptedException {
        log.info("superseded", "because", because);
        if (view.begin().isPresent()) {
            startIfLeftDown(view, view.begin().get());
        }
        UpdateResult outcome = UpdateResult.superseded(
                "an unfinished update was closed, and nothing was rolled back: " + because,
                "Nothing, if that was intended; else install the agent again",
                isRunning());
        if (view.begin().isPresent()) {
            reporting.write(view.begin().get(), outcome, UpdateReport.FileCounts.NONE, List.of());
        }
        new CleanUp(context, log).afterSupersession();
        return outcome;
    }

    /** This update stopped the agent, and nobody has started it since; a host that has booted does so by itself. */
    private void startIfLeftDown(JournalView view, Begin begin) throws InterruptedException {
        if (!Supersession.leftDown(view)
                || !begin.before().service().active()
                || invocation.boot().isAfter(begin.before().bootId())) {
            return;
        }
        new BestEffort(log).tryTo("start the agent that was installed", () -> {
            if (!Supersession.serviceIsGone(context)
                    && !context.service().state().running()) {
                context.service().start(List.of());
            }
        });
    }

    private boolean isRunning() {
        try {
            return context.service().state().running();
        } catch (UpdateFailure.Service e) {
            return false;
        }
    }

    private UpdateResult finish(OpenJournal journal, RecoveryDecision decision, boolean giveUp)
            throws UpdateFailure, IOException, InterruptedException {
        releaseReserve();
        UpdateResult result = switch (decision) {
            case COMMIT -> commit(journal);
            case FINISH_ROLLBACK -> finishRollback(journal);
            case ROLL_BACK -> rollBack(journal, giveUp);
            case ABORT, SUPERSEDE -> throw new IllegalStateException("there is nothing to finish");
        };
        Hooks hooks = new Hooks(context, invocation, log);
        if (invocation.boot().underWay() && hooks.comeWith(result)) {
            log.info("the agent waits for this: what is left is the guard's next turn");
            return result;
        }
        boolean incomplete = result.kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE;
        if (incomplete || !reporting.hasWritten(journal.begin(), result)) {
            List<String> failedHooks = hooks.after(result, journal.begin());
            reporting.write(journal.begin(), result, UpdateReport.FileCounts.NONE, failedHooks);
        }
        CleanUp cleanUp = new CleanUp(context, log);
        if (incomplete && giveUp) {
            new ProbationFile(context.disk(), context.layout()).end();
        }
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
        return UpdateResult.updated(
                journal.view().steps(),
                context.product().terms().policy().startWhenStopped()
                        || journal.begin().before().service().active());
    }

    /** Nothing is removed before it is durable that nothing of it is needed. */
    private UpdateResult finishRollback(OpenJournal journal) throws UpdateFailure, InterruptedException {
        timeline.phase("roll back", () -> journal.reached(Phase.VERIFIED, "found verified by a recovery"));
        return UpdateResult.restored(
                reason(journal.view()),
                journal.view().steps(),
                journal.begin().before().service().active());
    }

    private UpdateResult rollBack(OpenJournal journal, boolean giveUp) throws InterruptedException {
        UpdateResult result = rollback.run(
                journal, reason(journal.view()), "Look into " + context.layout().log());
        return giveUp && !rollback.skipped() && result.kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE
                ? result.advising("It was given up as asked, and the backup removed: install the agent again if it"
                        + " does not work")
                : result;
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
}
