package updater.transaction.context;

import updater.api.UpdateFailure;
import updater.api.service.ServiceState;

/**
 * Which run of the agent it is, as text for the journal: a rollback that finds the very run whose stop was requested, and
 * knows that the stop was never asked for, need not stop and start it.
 */
public final class AgentRun {
    private AgentRun() {}

    /** Returns the run that there is now; empty when that cannot be told. */
    public static String of(UpdateContext context, EventLog log) {
        try {
            ServiceState now = context.service().state();
            return now.running() ? now.run().id() : "";
        } catch (UpdateFailure.Service e) {
            log.warning("the service manager did not say which process is the agent's", e);
            return "";
        }
    }
}
