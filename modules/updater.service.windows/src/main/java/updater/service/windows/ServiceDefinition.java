package updater.service.windows;

import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;

/**
 * Everything that the service control manager keeps of a service and an update may change, and what goes with it.
 *
 * @param config {@code QUERY_SERVICE_CONFIGW}
 * @param delayed whether an automatic start is delayed
 * @param actionsOnError whether the failure actions are also taken when the service stops by itself with an error
 */
record ServiceDefinition(
        Config config, boolean delayed, String description, FailureActions failureActions, boolean actionsOnError) {

    StartMode start() {
        return StartMode.of(config.startType(), delayed);
    }

    ServiceDefinition withAccount(String account) {
        Config other = new Config(
                config.type(),
                config.startType(),
                config.errorControl(),
                config.binaryPath(),
                config.group(),
                config.tag(),
                config.dependencies(),
                account,
                config.displayName());
        return new ServiceDefinition(other, delayed, description, failureActions, actionsOnError);
    }
}
