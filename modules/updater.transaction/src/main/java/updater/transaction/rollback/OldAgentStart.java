package updater.transaction.rollback;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.apply.MainProcessObserver;
import updater.transaction.apply.StepExecutor;
import updater.transaction.context.AgentRun;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/** The last part of a rollback that costs downtime: starts the old agent, if it ran before, and sees that it keeps running. */
final class OldAgentStart {
    private static final Duration START_BOUND = Duration.ofSeconds(30);

    /** How long an agent may run that cannot work, such as one whose port is taken, before it ends. */
    private static final Duration CRASHING = Duration.ofSeconds(1);

    /** An agent that is restarted later than this is not waited for: what it needs then is an operator. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(15);

    private final UpdateContext context;
    private final StepExecutor steps;
    private final RollbackVerification verification;
    private final EventLog log;
    private boolean active;

    OldAgentStart(UpdateContext context, StepExecutor steps, RollbackVerification verification, EventLog log) {
        this.context = context;
        this.steps = steps;
        this.verification = verification;
        this.log = log;
    }

    /**
     * Starts the old agent and the services that depend on it, and compares enablement with what it was. Idempotent.
     *
     * @param ownRun whether an agent that runs already was started by somebody else, before all was back
     * @param rebooted whether the host has booted since the update began: it may still be booting, and the boot may be
     *     waiting for this very process, so that the start is dispatched and not waited for
     * @param runsOn whether it was never stopped
     */
    void run(ServiceFacts before, boolean ownRun, boolean rebooted, boolean runsOn, BestEffort problems)
            throws InterruptedException {
        if (!before.active()) {
            startDependents(before, problems);
            return;
        }
        problems.tryAgainTo("start the old agent", context.clock(), () -> {
            long started = context.clock().nanos();
            if (!runsOn || AgentRun.of(context, log).isEmpty()) {
                steps.undo(new Step.StopService(context.serviceName()), DisplacedFiles.nothing());
            }
            if (!rebooted) {
                watch(started, ownRun);
            }
            active = true;
        });
        startDependents(before, problems);
        problems.tryTo("compare the service with what it was", () -> compare(before));
    }

    /** That an agent runs, and its manager does not say whether it would at the next boot, leaves nothing undone. */
    private void compare(ServiceFacts before) throws UpdateFailure {
        String enablement;
        try {
            enablement = context.service().inspect().enablement();
        } catch (UpdateFailure e) {
            if (e.code().equals(Optional.of(RefusalCode.SERVICE_MANAGER_FAILED))) {
                log.warning("the service manager did not say whether the service starts at boot as before", e);
                return;
            }
            throw e;
        }
        if (!enablement.equals(before.enablement())) {
            verification.differs(
                    context.serviceName() + ": enablement expected " + before.enablement() + ", found " + enablement);
        }
    }

    /** What would start an agent that does not run, such as its timer, was stopped as well. */
    private void startDependents(ServiceFacts before, BestEffort problems) throws InterruptedException {
        problems.tryAgainTo(
                "start the services that were stopped along with the agent",
                context.clock(),
                () -> context.service().startDependents(before.dependents()));
    }

    /** One that crashes, and is started anew each time, runs whenever one looks: the restarts tell. */
    private void watch(long started, boolean ownRun) throws UpdateFailure, InterruptedException {
        MainProcessObserver observer = new MainProcessObserver(
                context, MainProcessObserver.Agent.OLD, started, ownRun, () -> steps.restart(() -> {}), log);
        Duration settle = context.product().health().stabilisation();
        Duration delay = context.service().restartDelay();
        Duration stabilisation = delay.isZero()
                ? settle
                : settle.plus(CRASHING).plus(delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY);
        observer.awaitRunning(
                Collections.max(List.of(START_BOUND, context.service().startBound())), stabilisation);
    }

    /** Returns whether the old agent runs, or is about to. */
    boolean active() {
        return active;
    }
}
