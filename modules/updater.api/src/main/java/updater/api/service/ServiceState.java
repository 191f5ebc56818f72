package updater.api.service;

/**
 * What a service does at one moment.
 *
 * @param activity what it does
 * @param mainPid its main process, 0 when there is none or it is not known
 * @param restarts how often the manager restarted it by itself, counted up from an arbitrary number
 * @param detail the manager's own words, for messages
 */
public record ServiceState(Activity activity, long mainPid, long restarts, String detail) {
    /** The activity of a service. */
    public enum Activity {
        INACTIVE,
        STARTING,
        RUNNING,
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
