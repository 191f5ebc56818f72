package updater.app.host;

import java.util.List;
import java.util.Optional;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManagerProvider;
import updater.api.service.ServiceManagerProvider.Fit;

/** The choice of the service manager that runs this host. */
public final class ServiceManagerChoice {
    private ServiceManagerChoice() {}

    /**
     * Returns the provider asked for; else the one whose manager runs here, else the one that can work here, among
     * those the product names a service for.
     */
    public static ServiceManagerProvider choose(Host host, Product product, Optional<String> asked)
            throws UpdateFailure {
        if (asked.isPresent()) {
            return named(host, product, asked.get());
        }
        return detected(host, product)
                .orElseThrow(() -> new UpdateFailure.Refused(
                        RefusalCode.NO_SERVICE_MANAGER,
                        "no service manager that " + product.name() + " names a service for runs on this host ("
                                + String.join(", ", product.services().keySet())
                                + "); in a chroot, or an image that is being built, none does",
                        "Run this again once the host has booted; 'updater doctor' shows what was found,"
                                + " and --service-manager names one"));
    }

    /** Returns the provider whose manager runs here, else the one that can work here. */
    static Optional<ServiceManagerProvider> detected(Host host, Product product) {
        for (Fit fit : List.of(Fit.RUNS, Fit.POSSIBLE)) {
            for (ServiceManagerProvider provider : host.system().providers()) {
                if (product.services().containsKey(provider.name())
                        && provider.detect(host.system().commands()).fit() == fit) {
                    return Optional.of(provider);
                }
            }
        }
        return Optional.empty();
    }

    private static ServiceManagerProvider named(Host host, Product product, String name) throws UpdateFailure {
        for (ServiceManagerProvider provider : host.system().providers()) {
            if (provider.name().equals(name)) {
                if (!product.services().containsKey(name)) {
                    throw new UpdateFailure.Usage(
                            "the product " + product.name() + " names no service for " + name,
                            "Add it to the product descriptor");
                }
                return provider;
            }
        }
        throw new UpdateFailure.Usage(
                "unknown service manager '" + name + "'",
                "Known here: "
                        + String.join(
                                ", ",
                                host.system().providers().stream()
                                        .map(ServiceManagerProvider::name)
                                        .toList()));
    }
}
