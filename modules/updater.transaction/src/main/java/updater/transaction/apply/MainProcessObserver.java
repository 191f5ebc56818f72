package updater.transaction.apply;

import java.time.Duration;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/**
 * The watch over the main process of a service whose start was just dispatched. The process that was seen first must run
 * on: another one, a further restart, or none is a failure. One for the new agent and for the rolled-back old one.
 */
public final class MainProcessObserver {
    private final UpdateContext context;
    private final Agent agent;
    private final EventLog log;
    private final long startedNanos;
    private Optional<ServiceState> first = Optional.empty();
    private ServiceState last = new ServiceState(ServiceState.Activity.STARTING, 0, 0, "start dispatched");
    private long runningSince;
    private int unanswered;

    /** Whose start it was, and how patiently it is watched. */
    public enum Agent {
        /**
         * Every second is downtime. A service that is neither running nor starting and was never seen running has exited
         * before the first look, or its start was dropped; only between the dispatch and the manager's noticing may it
         * look so as well.
         */
        NEW("the new agent", Duration.ofSeconds(1), 5),
        /** There is nothing else to go back to; a manager that is busy with all this is asked for as long as that. */
        OLD("the old agent", Duration.ofSeconds(30), 300);

        private final String text;
        private final Duration unseenStart;
        private final int unansweredLooks;

        Agent(String text, Duration unseenStart, int unansweredLooks) {
            this.text = text;
            this.unseenStart = unseenStart;
            this.unansweredLooks = unansweredLooks;
        }
    }

    /** @param startedNanos when the start was dispatched, on the context's clock */
    public MainProcessObserver(UpdateContext context, Agent agent, long startedNanos, EventLog log) {
        this.context = context;
        this.agent = agent;
        this.startedNanos = startedNanos;
        this.log = log;
    }

    /**
     * Looks once.
     *
     * @return the service's state; the last one known when its manager does not answer this time
     * @throws UpdateFailure.Unhealthy when the main process has ended or was replaced, or never appeared
     * @throws UpdateFailure.Service when the manager has not answered for too long
     */
    public ServiceState look() throws UpdateFailure {
        ServiceState now;
        try {
            now = context.service().state();
            unanswered = 0;
        } catch (UpdateFailure.Service e) {
            log.warning("the service manager did not say how the service is", "error", e.fullMessage());
            if (++unanswered >= agent.unansweredLooks) {
                throw e;
            }
            return last;
        }
        last = now;
        switch (now.activity()) {
            case FAILED -> throw gone("failed", now);
            case INACTIVE, STOPPING -> {
                if (first.isPresent() || context.clock().since(startedNanos).compareTo(agent.unseenStart) >= 0) {
                    throw gone("stopped", now);
                }
            }
            case STARTING -> {
                if (first.isPresent()) {
                    throw gone("is being started again", now);
                }
            }
            case RUNNING -> follow(now);
        }
        return now;
    }

    /** Returns how long the main process was seen running; empty when it does not run, or not yet. */
    Optional<Duration> runningFor() {
        return last.running() ? Optional.of(context.clock().since(runningSince)) : Optional.empty();
    }

    /**
     * Returns once the main process has run for a time.
     *
     * @param bound how long it may take to run at all
     * @throws UpdateFailure.Unhealthy when it has not
     */
    public void awaitRunning(Duration bound, Duration stabilisation) throws UpdateFailure, InterruptedException {
        while (true) {
            ServiceState now = look();
            Optional<Duration> running = runningFor();
            if (running.isPresent() && running.get().compareTo(stabilisation) >= 0) {
                return;
            }
            if (running.isEmpty() && context.clock().since(startedNanos).compareTo(bound) >= 0) {
                throw gone("does not run", now);
            }
            context.clock().pause(context.product().health().poll());
        }
    }

    private void follow(ServiceState now) throws UpdateFailure.Unhealthy {
        if (first.isEmpty()) {
            first = Optional.of(now);
            runningSince = context.clock().nanos();
            log.debug(agent.text + " runs", "pid", now.mainPid());
            return;
        }
        ServiceState seen = first.get();
        if (now.mainPid() != seen.mainPid() || now.restarts() != seen.restarts()) {
            throw gone("was restarted (process " + seen.mainPid() + " before, " + now.mainPid() + " now)", now);
        }
    }

    private UpdateFailure.Unhealthy gone(String what, ServiceState now) {
        return new UpdateFailure.Unhealthy(
                agent.text + "'s service " + context.serviceName() + " " + what + ": " + now.detail(),
                "Look into the agent's own log and the service manager's");
    }
}
