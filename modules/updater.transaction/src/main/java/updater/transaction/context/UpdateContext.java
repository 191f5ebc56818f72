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
 * @param managerName the service manager in charge, as product descriptors name it
 * @param logs opens journal and manifests
 */
public record UpdateContext(
        Product product,
        HomeLayout layout,
        String managerName,
        ServiceManager service,
        Disk disk,
        LogChannels logs,
        HostFiles files,
        Ticker clock) {

    /** Returns the same installation, described otherwise. */
    public UpdateContext describedBy(Product other) {
        return new UpdateContext(other, layout, managerName, service, disk, logs, files, clock);
    }

    /** Returns the service's name as its manager knows it. */
    public String serviceName() {
        ServiceSpec spec = product.services().get(managerName);
        return spec == null ? product.name() : spec.name();
    }
}
