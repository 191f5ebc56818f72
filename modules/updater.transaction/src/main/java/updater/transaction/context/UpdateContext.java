package updater.transaction.context;

import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Ticker;
import updater.api.service.HostFiles;
import updater.api.service.ServiceManager;
import updater.fs.Disk;
import updater.state.log.LogChannels;

/**
 * The installation that an update works on, and the interfaces to disk, service manager and clock.
 *
 * @param manager the service manager in charge
 * @param logs opens journal and manifests
 */
public record UpdateContext(
        Product product,
        HomeLayout layout,
        Manager manager,
        Disk disk,
        LogChannels logs,
        HostFiles files,
        Ticker clock) {
    /**
     * A service manager in charge of an agent.
     *
     * @param name as product descriptors call it
     * @param service the agent's service, in its hands
     */
    public record Manager(String name, ServiceManager service) {}

    /** Returns the same installation, described otherwise. */
    public UpdateContext describedBy(Product other) {
        return new UpdateContext(other, layout, manager, disk, logs, files, clock);
    }

    /** Returns the agent's service. */
    public ServiceManager service() {
        return manager.service();
    }

    /** Returns the service manager in charge, as product descriptors name it. */
    public String managerName() {
        return manager.name();
    }

    /** Returns the service's name as its manager knows it. */
    public String serviceName() {
        ServiceSpec spec = product.services().get(manager.name());
        return spec == null ? product.name() : spec.name();
    }
}
