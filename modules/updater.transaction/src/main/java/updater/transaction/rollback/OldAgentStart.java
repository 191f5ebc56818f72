package updater.transaction.rollback;

import java.time.Duration;
import updater.api.Step;
import updater.api.service.ServiceFacts;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.apply.MainProcessObserver;
import updater.transaction.apply.StepExecutor;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/** The last part of a rollback that costs downtime: starts the old agent, if it ran before, and sees that it keeps running. */
final class OldAgentStart {
    private static final Duration START_BOUND = Duration.ofSeconds(30);

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
     * @param rebooted whether the host has booted since the update began: it may still be booting, and the boot may be
     *     waiting for this very process, so that the start is dispatched and not waited for
     */
    void run(ServiceFacts before, boolean rebooted, BestEffort problems) throws InterruptedException {
        if (!before.active()) {
            return;
        }
        problems.tryTo("start the old agent", () -> {
            steps.undo(new Step.StopService(context.serviceName()), DisplacedFiles.nothing());
            if (!rebooted) {
                new MainProcessObserver(
                                context,
                                MainProcessObserver.Agent.OLD,
                                context.clock().nanos(),
                                log)
                        .awaitRunning(START_BOUND, context.product().health().settle());
            }
            active = true;
        });
        problems.tryTo(
                "start the services that depend on the agent",
                () -> context.service().startDependents(before.dependents()));
        problems.tryTo("compare the service with what it was", () -> {
            String enablement = context.service().inspect().enablement();
            if (!enablement.equals(before.enablement())) {
                verification.differs(context.serviceName() + ": enablement expected " + before.enablement() + ", found "
                        + enablement);
            }
        });
    }

    /** Returns whether the old agent runs, or is about to. */
    boolean active() {
        return active;
    }
}
