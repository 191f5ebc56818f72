package updater.service.windows;

import static updater.service.windows.ServiceControl.CHANGE_CONFIG;
import static updater.service.windows.ServiceControl.QUERY_CONFIG;
import static updater.service.windows.ServiceControl.START;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import updater.api.UpdateFailure;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.ConfigChange;

/**
 * The definition of a service, read and changed where it is: it is never deleted and created again, so at no instant is
 * there no service, and what this updater does not know of (security descriptor, triggers, required privileges) stays.
 */
record DefinitionStore(ServiceControl control, String service) {
    /** Accounts that have no password. Virtual accounts and managed ones are known by their form. */
    private static final Set<String> WITHOUT_PASSWORD =
            Set.of("", "localsystem", ".\\localsystem", "nt authority\\localservice", "nt authority\\networkservice");

    ServiceDefinition read() throws Win32Failure {
        try (OpenService open = OpenService.open(control, service, QUERY_CONFIG)) {
            return read(open);
        }
    }

    private ServiceDefinition read(OpenService open) throws Win32Failure {
        return new ServiceDefinition(
                control.queryConfig(open.handle()),
                control.queryDelayedAutoStart(open.handle()),
                control.queryDescription(open.handle()),
                control.queryFailureActions(open.handle()),
                control.queryFailureActionsFlag(open.handle()));
    }

    /**
     * Changes what differs, and nothing when nothing does. Idempotent; several calls, so not atomic: an updater that is
     * cut short does it again, or brings the old definition back in the same way. The service control manager forces
     * its own store.
     *
     * @throws UpdateFailure.Service also when the account would have to be changed to one that needs its password
     */
    void write(ServiceDefinition wanted) throws UpdateFailure.Service {
        try (OpenService open = OpenService.open(control, service, QUERY_CONFIG | CHANGE_CONFIG | START)) {
            ServiceDefinition now = read(open);
            if (now.equals(wanted)) {
                return;
            }
            boolean needsPassword = needsPassword(now.config(), wanted.config());
            change(open, now, needsPassword ? wanted.withAccount(now.config().account()) : wanted);
            if (needsPassword) {
                throw accountChanged(now.config(), wanted.config());
            }
        } catch (Win32Failure e) {
            throw ErrorCode.failure("change the configuration of", service, e);
        }
    }

    private void change(OpenService open, ServiceDefinition now, ServiceDefinition wanted) throws Win32Failure {
        if (now.delayed() && !wanted.delayed()) {
            // First: only an automatic start can be delayed.
            control.changeDelayedAutoStart(open.handle(), false);
        }
        if (!now.config().equals(wanted.config())) {
            control.changeConfig(open.handle(), change(now.config(), wanted.config()));
        }
        if (!now.delayed() && wanted.delayed()) {
            control.changeDelayedAutoStart(open.handle(), true);
        }
        if (!now.description().equals(wanted.description())) {
            control.changeDescription(open.handle(), wanted.description());
        }
        if (!now.failureActions().equals(wanted.failureActions())) {
            control.changeFailureActions(open.handle(), wanted.failureActions());
        }
        if (now.actionsOnError() != wanted.actionsOnError()) {
            control.changeFailureActionsFlag(open.handle(), wanted.actionsOnError());
        }
    }

    private UpdateFailure.Service accountChanged(Config now, Config wanted) {
        return new UpdateFailure.Service(
                "could not give the service " + service + " its account " + wanted.account() + " back, which was"
                        + " changed to " + now.account() + " during the update: that needs its password",
                "Run 'sc config " + service + " obj= \"" + wanted.account() + "\" password= …'; everything else is"
                        + " restored");
    }

    private static ConfigChange change(Config now, Config wanted) {
        return new ConfigChange(
                changed(now.type(), wanted.type()),
                changed(now.startType(), wanted.startType()),
                changed(now.errorControl(), wanted.errorControl()),
                changed(now.binaryPath(), wanted.binaryPath()),
                changed(now.group(), wanted.group()),
                changed(now.dependencies(), wanted.dependencies()),
                changed(now.account(), wanted.account()),
                changed(now.displayName(), wanted.displayName()));
    }

    private static <T> Optional<T> changed(T now, T wanted) {
        return Objects.equals(now, wanted) ? Optional.empty() : Optional.of(wanted);
    }

    /**
     * A password cannot be read back, so it cannot be restored. An update never changes the account; an operator may.
     */
    private static boolean needsPassword(Config now, Config wanted) {
        String account = wanted.account().toLowerCase(Locale.ROOT);
        boolean without =
                WITHOUT_PASSWORD.contains(account) || account.startsWith("nt service\\") || account.endsWith("$");
        return !now.account().equals(wanted.account()) && !without;
    }
}
