package updater.api.service;

import java.util.Optional;
import java.util.Set;
import updater.api.HomeRule.HomeOverride.RegistryValue;
import updater.api.Os;

/** The provider of one service manager. Found with {@link java.util.ServiceLoader}; one provider, one manager. */
public interface ServiceManagerProvider {
    /** Returns the name used in product descriptors and by {@code --service-manager}, e.g. {@code systemd}. */
    String name();

    /** Returns where this manager can exist at all. */
    Set<Os> systems();

    /** Returns whether this manager runs this host, by what runs and not by which command is installed. */
    Detection detect(Commands commands);

    /**
     * Returns a value of the host's registry; empty when there is none, and on hosts without a registry.
     *
     * @param value the value to look up
     */
    default Optional<String> registryValue(RegistryValue value) {
        return Optional.empty();
    }

    /** Returns the manager for one service. Touches nothing. */
    ServiceManager open(ServiceContext context);

    /**
     * The result of looking for the manager, and why.
     *
     * @param reason for people, e.g. {@code /run/systemd/system exists}
     */
    record Detection(Fit fit, String reason) {}

    /** How well a manager fits a host. */
    enum Fit {
        /** It is the one that runs here. */
        RUNS,
        /** It can work here when nothing else does. */
        POSSIBLE,
        /** It is not here. */
        ABSENT
    }
}
