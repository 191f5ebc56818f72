package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.Product.HealthRule;
import updater.api.Product.Retention;
import updater.api.Product.ServiceSpec;
import updater.api.Ticker;
import updater.api.service.Commands;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/** Contexts for providers under test. */
final class Contexts {
    static final long PID = 4242;

    private Contexts() {}

    static ServiceContext context(String unit, Path home, Commands commands, HostFiles files, Ticker clock, long pid) {
        return context(
                new ServiceSpec(unit, "install/agent.service", Optional.of("/usr/lib/systemd/system/agent.service")),
                home,
                commands,
                files,
                clock,
                pid);
    }

    static ServiceContext context(
            ServiceSpec spec, Path home, Commands commands, HostFiles files, Ticker clock, long pid) {
        Product product = new Product(
                "probe",
                "probe",
                Map.of(),
                Map.of(),
                Map.of("systemd", spec),
                Set.of(),
                List.of(),
                List.of(),
                "status.json",
                new HealthRule(Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMillis(500)),
                Duration.ofSeconds(15),
                new Retention(0));
        HomeLayout layout = new HomeLayout(home, home.resolveSibling("state"));
        return new ServiceContext(product, spec, layout, commands, files, clock, pid);
    }
}
