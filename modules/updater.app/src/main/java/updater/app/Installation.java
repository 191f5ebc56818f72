package updater.app;

import java.io.IOException;
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

/** Hold the installation that a run works on. */
record Installation(Host host, CommandLine line, Product product, HomeLayout layout, Site site) {

    /** Finds home, the state directory and the service manager. Touches nothing. */
    static Installation find(CommandLine line, Host host) throws UpdateFailure {
        Descriptor descriptor = Descriptor.find(line, host);
        Product product = descriptor.product();
        HomeLayout layout = layout(line, host, descriptor);
        ServiceManagerProvider provider = ServiceManagers.choose(host, product, line.serviceManager());
        Disk disk = host.disk().settingAside(layout.home().resolve(HomeLayout.ASIDE));
        HostFiles files = new HostFilesOnDisk(
                new GuardedHome(disk, layout.home()), layout.state().resolve("made"));
        ServiceContext context = new ServiceContext(
                product, service(product, provider), layout, host.commands(), files, host.clock(), host.pid());
        Site site = new Site(
                product,
                layout,
                provider.name(),
                provider.open(context),
                disk,
                LogChannels.ofFileSystem(),
                files,
                new RenamePlacing(disk),
                host.clock(),
                host.uid());
        return new Installation(host, line, product, layout, site);
    }

    static HomeLayout layout(CommandLine line, Host host, Descriptor descriptor) throws UpdateFailure {
        Path home = new HomeFinder(value -> registryValue(host, value))
                .find(descriptor.product(), host.os(), line.home(), host.launcher());
        return new HomeLayout(home, StateDirectory.locate(descriptor.product(), host.os(), host.privileged(), home));
    }

    private static ServiceSpec service(Product product, ServiceManagerProvider provider) {
        ServiceSpec spec = product.services().get(provider.name());
        if (spec == null) {
            throw new IllegalArgumentException(product.name() + " names no service for " + provider.name());
        }
        return spec;
    }

    private static Optional<String> registryValue(Host host, RegistryValue value) {
        return host.providers().stream()
                .flatMap(provider -> provider.registryValue(value).stream())
                .findFirst();
    }

    /** Creates the state directory where it is missing, and refuses one that others can write in. */
    void secureState() throws UpdateFailure {
        StateDirectory.secure(layout.state(), host.privileged(), host.uid());
    }

    /** Removes what an earlier run had to set aside because it was in use. */
    void clearAside() throws UpdateFailure {
        try {
            site.disk().clearAside();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("clear", layout.home().resolve(HomeLayout.ASIDE), e);
        }
    }
}
