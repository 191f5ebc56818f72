package updater.app.host;

import java.nio.file.Path;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.Product.HomeOverride.RegistryValue;
import updater.api.Product.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManagerProvider;
import updater.fs.Disk;
import updater.fs.GuardedHome;
import updater.fs.HostFilesOnDisk;
import updater.state.log.LogChannels;
import updater.transaction.context.UpdateContext;

/** The search for the installation that a run works on: home, the state directory and the service manager. */
public final class InstallationFinder {
    private final Target target;
    private final Host host;
    private final ProductDescriptor descriptor;

    /** @throws UpdateFailure when there is no usable product descriptor */
    public InstallationFinder(Target target, Host host) throws UpdateFailure {
        this.target = target;
        this.host = host;
        this.descriptor = ProductDescriptor.find(target, host);
    }

    public ProductDescriptor descriptor() {
        return descriptor;
    }

    /** Finds home, and what named it. Touches nothing. */
    public HomeFinder.Home home() throws UpdateFailure {
        return new HomeFinder(this::registryValue)
                .find(descriptor.product(), host.os(), target.home(), host.launcher());
    }

    /** Finds home and the state directory. Touches nothing. */
    public HomeLayout layout() throws UpdateFailure {
        Path home = home().directory();
        return new HomeLayout(home, StateDirectory.locate(descriptor.product(), host.os(), host.privileged(), home));
    }

    /**
     * Finds the service manager as well. Touches nothing.
     *
     * @throws UpdateFailure also when another user could exchange home
     */
    public UpdateContext context() throws UpdateFailure {
        HomeLayout layout = layout();
        StateDirectory.requireAncestors(layout.home(), host.uid());
        return context(layout);
    }

    /** As {@link #context}, where home may be gone: it is then where the product says that it is. */
    public UpdateContext purgeContext() throws UpdateFailure {
        Product.HomeRule rule = descriptor.product().home().get(host.os());
        HomeLayout layout;
        try {
            layout = layout();
        } catch (UpdateFailure.Refused e) {
            if (rule == null) {
                throw e;
            }
            Path home = target.home().orElse(rule.directory());
            layout = new HomeLayout(
                    home, StateDirectory.locate(descriptor.product(), host.os(), host.privileged(), home));
        }
        return context(layout);
    }

    private UpdateContext context(HomeLayout layout) throws UpdateFailure {
        Product product = descriptor.product();
        ServiceManagerProvider provider = ServiceManagerChoice.choose(host, product, target.serviceManager());
        Disk disk = new GuardedHome(host.disk().settingAside(layout.home().resolve(HomeLayout.ASIDE)), layout);
        HostFiles files = new HostFilesOnDisk(disk, layout.state().resolve("made"));
        ServiceContext context = new ServiceContext(
                product, service(product, provider), layout, host.commands(), files, host.clock(), host.pid());
        return new UpdateContext(
                product,
                layout,
                provider.name(),
                provider.open(context),
                disk,
                LogChannels.ofFileSystem(),
                files,
                host.clock());
    }

    private static ServiceSpec service(Product product, ServiceManagerProvider provider) {
        ServiceSpec spec = product.services().get(provider.name());
        if (spec == null) {
            throw new IllegalArgumentException(product.name() + " names no service for " + provider.name());
        }
        return spec;
    }

    private Optional<String> registryValue(RegistryValue value) {
        return host.providers().stream()
                .flatMap(provider -> provider.registryValue(value).stream())
                .findFirst();
    }
}
