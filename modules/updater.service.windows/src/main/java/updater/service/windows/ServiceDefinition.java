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

    /** Returns the same without a change that was made: what has been changed since stays. */
    ServiceDefinition without(ServiceDefinition before, ServiceDefinition after) {
        Config was = before.config();
        Config became = after.config();
        // Only an automatic start can be delayed: the two are one setting.
        boolean startIsOurs = start() == after.start();
        Config other = new Config(
                back(config.type(), was.type(), became.type()),
                startIsOurs ? was.startType() : config.startType(),
                back(config.errorControl(), was.errorControl(), became.errorControl()),
                back(config.binaryPath(), was.binaryPath(), became.binaryPath()),
                back(config.group(), was.group(), became.group()),
                config.tag(),
                back(config.dependencies(), was.dependencies(), became.dependencies()),
                back(config.account(), was.account(), became.account()),
                back(config.displayName(), was.displayName(), became.displayName()));
        return new ServiceDefinition(
                other,
                startIsOurs ? before.delayed() : delayed,
                back(description, before.description(), after.description()),
                back(failureActions, before.failureActions(), after.failureActions()),
                back(actionsOnError, before.actionsOnError(), after.actionsOnError()));
    }

    private static <T> T back(T now, T before, T after) {
        return now.equals(after) ? before : now;
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
