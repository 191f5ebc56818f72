package updater.transaction.apply;

import java.time.Duration;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;

/**
 * The watch over a service whose start was just dispatched. The run that came of this start must go on: a restart by the
 * manager, which follows a crash, or none at all is a failure. One for the new agent and for the rolled-back old one.
 *
 * <p>Others may start and restart the service as well: configuration management, an operator, a tool that restarts what uses
 * an exchanged library. A run that began before the start was dispatched, or that has a file open as its program which was
 * replaced since, is not the agent that is wanted, and is ended. One that began later is as good as the updater's own: a
 * restart that the manager does not count is no crash. Both are bounded.
 */
public final class MainProcessObserver {
    /** How often the service is stopped and started again because somebody else was faster. */
    private static final int OTHERS_STARTS = 3;

    /** How often it may be restarted by others while it is watched. */
    private static final int OTHERS_RESTARTS = 3;

    private final UpdateContext context;
    private final Agent agent;
    private final boolean ownRun;
    private final Restart restart;
    private final EventLog log;
    private long startedNanos;
    private Optional<ServiceState> first = Optional.empty();
    private ServiceState last = new ServiceState(ServiceState.Activity.STARTING, 0, 0, "start dispatched");
    private long runningSince;
    private long missingSince;
    private boolean missing;
    private int othersStarts;
    private int othersRestarts;
    private int unanswered;

    /** A stop of the service, followed by another start. */
    @FunctionalInterface
    public interface Restart {
        void run() throws UpdateFailure;
    }

    /** Whose start it was, and how patiently it is watched. */
    public enum Agent {
        /**
         * Every second is downtime. A service that is neither running nor starting and was never seen running has exited
         * before the first look, or its start was dropped; only between the dispatch and the manager's noticing may it
         * look so as well, and between the stop and the start of one who restarts it.
         */
        NEW("the new agent", Duration.ofSeconds(1), 5),
        /** There is nothing else to go back to; a manager that is busy with all this is asked for as long as that. */
        OLD("the old agent", Duration.ofSeconds(30), 300);

        private final String text;
        private final Duration idle;
        private final int unansweredLooks;

        Agent(String text, Duration idle, int unansweredLooks) {
            this.text = text;
            this.idle = idle;
            this.unansweredLooks = unansweredLooks;
        }
    }

    /**
     * @param startedNanos a moment right before the start was dispatched, on the context's clock
     * @param ownRun whether a run that began before that is not the wanted one; otherwise the agent may have run already
     * @param restart how the service is started again when what runs is not what this start would have brought
     */
    public MainProcessObserver(
            UpdateContext context, Agent agent, long startedNanos, boolean ownRun, Restart restart, EventLog log) {
        this.context = context;
        this.agent = agent;
        this.startedNanos = startedNanos;
        this.ownRun = ownRun;
        this.restart = restart;
        this.log = log;
    }

    /**
     * Looks once.
     *
     * @return the service's state; the last one known when its manager does not answer this time
     * @throws UpdateFailure.Unhealthy when the run has ended by itself or never began
     * @throws UpdateFailure.Service when the manager has not answered for too long
     */
    public ServiceState observe() throws UpdateFailure {
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
        if (isAnothers(now)) {
            startAgain(now);
            return last;
        }
        last = now;
        switch (now.activity()) {
            case FAILED -> throw gone("failed", now);
            case INACTIVE -> waitForOthers(now);
            case STARTING, STOPPING -> missing = false;
            case RUNNING -> follow(now);
        }
        return now;
    }

    /** Returns how long the present run was seen running; empty when there is none, or not yet. */
    Optional<Duration> runningFor() {
        return last.running() ? Optional.of(context.clock().since(runningSince)) : Optional.empty();
    }

    /** Returns how long ago the start was dispatched that counts. */
    Duration sinceStart() {
        return context.clock().since(startedNanos);
    }

    /**
     * Returns once the agent has run for a time.
     *
     * @param bound how long it may take to run at all
     * @throws UpdateFailure.Unhealthy when it has not
     */
    public void awaitRunning(Duration bound, Duration stabilisation) throws UpdateFailure, InterruptedException {
        while (true) {
            ServiceState now = observe();
            Optional<Duration> running = runningFor();
            if (running.isPresent() && running.get().compareTo(stabilisation) >= 0) {
                return;
            }
            // A look that was not answered may have taken all of the time: another one tells.
            if (running.isEmpty() && unanswered == 0 && sinceStart().compareTo(bound) >= 0) {
                throw gone("does not run after " + sinceStart().toSeconds() + " s", now);
            }
            context.clock().pause(context.product().health().poll());
        }
    }

    /** Returns whether what runs, or is about to, came of a start before this one, or runs what was replaced. */
    private boolean isAnothers(ServiceState now) {
        if (now.processes().isEmpty() || now.activity() == ServiceState.Activity.STOPPING) {
            return false;
        }
        return (ownRun && now.run().earlier()) || now.run().outdated().isPresent();
    }

    private void startAgain(ServiceState found) throws UpdateFailure {
        String why = found.run()
                .outdated()
                .map(file -> "runs " + file + " as it was before it was replaced")
                .orElse("was started by somebody else before it was to be");
        if (++othersStarts > OTHERS_STARTS) {
            throw gone(why + ", " + OTHERS_STARTS + " times in a row", found);
        }
        log.warning(
                agent.text + "'s service " + why + ": it is stopped and started again",
                "pid",
                found.mainPid(),
                "state",
                found.detail());
        first = Optional.empty();
        last = new ServiceState(ServiceState.Activity.STARTING, 0, 0, "started again");
        long now = context.clock().nanos();
        restart.run();
        startedNanos = Math.max(now, startedNanos);
    }

    private void waitForOthers(ServiceState now) throws UpdateFailure.Unhealthy {
        if (!missing) {
            missing = true;
            missingSince = first.isPresent() ? context.clock().nanos() : startedNanos;
        }
        if (context.clock().since(missingSince).compareTo(agent.idle) >= 0) {
            throw gone("stopped", now);
        }
    }

    private void follow(ServiceState now) throws UpdateFailure.Unhealthy {
        missing = false;
        if (first.isEmpty()) {
            begin(now);
            return;
        }
        ServiceState seen = first.get();
        if (now.restarts() > seen.restarts()) {
            throw gone("was restarted (process " + seen.mainPid() + " before, " + now.mainPid() + " now)", now);
        }
        if (!now.run().id().equals(seen.run().id())) {
            if (++othersRestarts > OTHERS_RESTARTS) {
                throw gone("was restarted by somebody else, " + othersRestarts + " times", now);
            }
            log.warning(agent.text + " was restarted by somebody else", "pid", seen.mainPid(), "now", now.mainPid());
            begin(now);
        }
    }

    private void begin(ServiceState now) {
        first = Optional.of(now);
        runningSince = context.clock().nanos();
        log.debug(
                agent.text + " runs",
                "pid",
                now.mainPid(),
                "processes",
                now.processes().size());
    }

    private UpdateFailure.Unhealthy gone(String what, ServiceState now) {
        return new UpdateFailure.Unhealthy(
                agent.text + "'s service " + context.serviceName() + " " + what + ": " + now.detail(),
                "Look into the agent's own log and the service manager's");
    }
}
