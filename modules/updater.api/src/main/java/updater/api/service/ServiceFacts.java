package updater.api.service;

import java.time.Duration;
import java.util.List;

/**
 * The state of a service before an update touched it; everything that a rollback must bring back. Journalled.
 *
 * @param active whether it ran
 * @param enablement the manager's own word for whether it starts at boot
 * @param dependents what else is active and will be stopped along with this one: services that depend on it, what would
 *     start it meanwhile, and the other services of the same agent
 * @param stopBound how long the manager itself gives the service to stop
 * @param definition the provider's own text for a definition that is not a file; empty where it is one
 */
public record ServiceFacts(
        boolean active, String enablement, List<String> dependents, Duration stopBound, String definition) {
    public ServiceFacts {
        dependents = List.copyOf(dependents);
    }
}
