package updater.app.host;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride.RegistryValue;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManagerProvider;
import updater.fs.Disk;
import updater.fs.GuardedHome;
import updater.fs.HostFilesOnDisk;
import updater.state.log.LogChannels;
import updater.transaction.context.StateFiles;
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
                .find(
                        descriptor.product(),
                        host.system().os(),
                        target.home(),
                        host.process().launcher());
    }

    /** Finds home and the state directory. Touches nothing. */
    public HomeLayout layout() throws UpdateFailure {
        Path home = home().directory();
        return new HomeLayout(
                home,
                StateDirectory.locate(
                        descriptor.product(), host.system().os(), host.user().privileged(), home));
    }

    /**
     * Finds the service manager as well. Touches nothing.
     *
     * @throws UpdateFailure also when another user could exchange home
     */
    public UpdateContext context() throws UpdateFailure {
        HomeLayout layout = layout();
        StateDirectory.requireAncestors(layout.home(), host.user().uid());
        return context(layout);
    }

    /**
     * As {@link #context}, for what an update left in a home that may be gone since: it is then where it is said to be.
     *
     * @throws UpdateFailure also when there is no home, and no unfinished update either
     */
    public UpdateContext unfinished() throws UpdateFailure {
        try {
            return context();
        } catch (UpdateFailure.Refused e) {
            Optional<HomeLayout> said = layoutAsSaid();
            if (said.isEmpty() || !Files.notExists(said.get().home()) || !isGuarded(said.get())) {
                throw e;
            }
            return context(said.get());
        }
    }

    /** Returns whether a guard comes again and again, which is to end itself where there is nothing left. */
    private static boolean isGuarded(HomeLayout layout) {
        return Files.exists(layout.journal(), LinkOption.NOFOLLOW_LINKS)
                || Files.exists(layout.state().resolve(StateFiles.PROBATION), LinkOption.NOFOLLOW_LINKS);
    }

    private Optional<HomeLayout> layoutAsSaid() {
        return target.home()
                .or(() -> Optional.ofNullable(descriptor
                                .product()
                                .places()
                                .home()
                                .get(host.system().os()))
                        .map(HomeRule::directory))
                .filter(Path::isAbsolute)
                .map(home -> new HomeLayout(
                        home,
                        StateDirectory.locate(
                                descriptor.product(),
                                host.system().os(),
                                host.user().privileged(),
                                home)));
    }

    /**
     * What is to be removed.
     *
     * @param contexts for the service manager of this host; where none runs, as in a chroot, for each that the product
     *     names a service for. At least one
     */
    public record Traces(List<UpdateContext> contexts, boolean managerRuns) {}

    /**
     * As {@link #context}, where home may be gone: it is then where the product says that it is.
     *
     * @throws UpdateFailure also when the product names no service for a manager of this system
     */
    public Traces traces() throws UpdateFailure {
        HomeLayout layout;
        try {
            layout = layout();
        } catch (UpdateFailure.Refused e) {
            layout = layoutAsSaid().orElseThrow(() -> e);
        }
        Product product = descriptor.product();
        List<UpdateContext> possible = new ArrayList<>();
        if (target.serviceManager().isEmpty()
                && ServiceManagerChoice.detected(host, product).isEmpty()) {
            for (ServiceManagerProvider provider : host.system().providers()) {
                if (product.services().containsKey(provider.name())) {
                    possible.add(context(layout, provider));
                }
            }
        }
        return possible.isEmpty() ? new Traces(List.of(context(layout)), true) : new Traces(possible, false);
    }

    private UpdateContext context(HomeLayout layout) throws UpdateFailure {
        return context(layout, ServiceManagerChoice.choose(host, descriptor.product(), target.serviceManager()));
    }

    private UpdateContext context(HomeLayout layout, ServiceManagerProvider provider) {
        Product product = descriptor.product();
        Disk disk = new GuardedHome(host.disk().settingAside(layout.home().resolve(HomeLayout.ASIDE)), layout);
        HostFiles files = new HostFilesOnDisk(disk, layout.state().resolve("made"));
        ServiceContext context = new ServiceContext(
                product,
                service(product, provider),
                layout,
                host.system().commands(),
                files,
                host.clock(),
                host.process().pid());
        return new UpdateContext(
                product,
                layout,
                new UpdateContext.Manager(provider.name(), provider.open(context)),
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
        return host.system().providers().stream()
                .flatMap(provider -> provider.registryValue(value).stream())
                .findFirst();
    }
}
