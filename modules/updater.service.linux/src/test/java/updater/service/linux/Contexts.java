package updater.service.linux;

import java.nio.file.Path;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Ticker;
import updater.api.conformance.ProductEdit;
import updater.api.service.Commands;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/** Contexts for providers under test. */
final class Contexts {
    static final long PID = 4242;

    private Contexts() {}

    static ServiceContext context(String unit, Path home, Commands commands, HostFiles files, Ticker clock, long pid) {
        return context(
                ProductEdit.spec(unit, "install/agent.service", Optional.of("/usr/lib/systemd/system/agent.service")),
                home,
                commands,
                files,
                clock,
                pid);
    }

    static ServiceContext context(
            ServiceSpec spec, Path home, Commands commands, HostFiles files, Ticker clock, long pid) {
        Product product =
                ProductEdit.agent().name("probe").service("systemd", spec).product();
        HomeLayout layout = new HomeLayout(home, home.resolveSibling("state"));
        return new ServiceContext(product, spec, layout, commands, files, clock, pid);
    }
}
