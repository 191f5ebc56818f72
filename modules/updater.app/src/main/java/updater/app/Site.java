package updater.app;

import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.Ticker;
import updater.api.service.HostFiles;
import updater.api.service.ServiceManager;
import updater.fs.Disk;
import updater.state.log.LogChannels;

/**
 * Hold what every part of one run works with: the product, its places, and the doors to the world.
 *
 * @param managerName the service manager in charge, as product descriptors name it
 * @param logs opens journal and manifests
 * @param uid the numeric user the updater runs as
 */
record Site(
        Product product,
        HomeLayout layout,
        String managerName,
        ServiceManager service,
        Disk disk,
        LogChannels logs,
        HostFiles files,
        Placing placing,
        Ticker clock,
        long uid) {

    /** Returns the service's name as its manager knows it. */
    String serviceName() {
        Product.ServiceSpec spec = product.services().get(managerName);
        return spec == null ? product.name() : spec.name();
    }
}
