package updater.api.service;

import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Ticker;

/**
 * Everything that a provider may use of the world.
 *
 * @param product what is being updated
 * @param spec the product's service for this provider's service manager
 * @param layout where home and the state directory are
 * @param commands how commands are run
 * @param files how files outside home are written
 * @param clock how time passes
 * @param pid the updater's own process id
 */
public record ServiceContext(
        Product product,
        ServiceSpec spec,
        HomeLayout layout,
        Commands commands,
        HostFiles files,
        Ticker clock,
        long pid) {}
