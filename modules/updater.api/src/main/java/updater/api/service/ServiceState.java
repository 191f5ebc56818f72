package updater.api.service;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * What a service does at one moment.
 *
 * <p>{@link Activity#RUNNING} means that a process runs, and never only that the manager calls the service active: the
 * main process; without one, a process of what the manager keeps the service's processes in; without that, one whose
 * program lies in home. {@code docs/platforms} has a table by manager and type.
 *
 * @param activity what it does
 * @param mainPid its main process, 0 when there is none or it is not known
 * @param restarts how often the manager restarted it by itself, counted up from an arbitrary number
 * @param run which run of the service this is
 * @param processes the numbers of the processes that belong to it, the main one first; never the updater's own
 * @param detail the manager's own words, for messages
 */
public record ServiceState(
        Activity activity, long mainPid, long restarts, ServiceRun run, List<Long> processes, String detail) {
    public ServiceState {
        processes = List.copyOf(processes);
    }

    /** Makes the state of a service that is known by its main process alone. */
    public ServiceState(Activity activity, long mainPid, long restarts, String detail) {
        this(
                activity,
                mainPid,
                restarts,
                ServiceRun.ofMainProcess(mainPid),
                mainPid == 0 ? List.of() : List.of(mainPid),
                detail);
    }

    /**
     * Returns the state of several services that are one agent: it does what the worst of them does, its main process is
     * that of the first, and any restart of any of them is one.
     *
     * @param states at least one
     */
    public static ServiceState together(List<ServiceState> states) {
        ServiceState first = states.get(0);
        if (states.size() == 1) {
            return first;
        }
        ServiceState worst = Collections.max(states, Comparator.comparingInt(state -> severity(state.activity())));
        return new ServiceState(
                worst.activity(),
                first.mainPid(),
                states.stream().mapToLong(ServiceState::restarts).sum(),
                ServiceRun.together(states.stream().map(ServiceState::run).toList()),
                states.stream().flatMap(state -> state.processes().stream()).toList(),
                worst.detail());
    }

    private static int severity(Activity activity) {
        return switch (activity) {
            case RUNNING -> 0;
            case STARTING -> 1;
            case STOPPING -> 2;
            case INACTIVE -> 3;
            case FAILED -> 4;
        };
    }

    /** The activity of a service. */
    public enum Activity {
        INACTIVE,
        STARTING,
        RUNNING,
        /** Its stop was requested and is not complete. */
        STOPPING,
        /** It ended by itself, could not be started, or waits to be restarted after a crash. */
        FAILED
    }

    public boolean running() {
        return activity == Activity.RUNNING;
    }

    /** Returns whether no process of the service can be left. */
    public boolean stopped() {
        return activity == Activity.INACTIVE || (activity == Activity.FAILED && mainPid == 0);
    }
}
