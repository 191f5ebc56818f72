package updater.app.host;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import updater.api.Os;
import updater.api.Product;

/** Make products for tests. */
public final class Products {
    private Products() {}

    public static Product at(Path home, Product.HomeOverride... overrides) {
        return new Product(
                "agent",
                "agent",
                Map.of(Os.LINUX, new Product.HomeRule(home, List.of(overrides))),
                Map.of(),
                Map.of(),
                Set.of(),
                List.of(),
                List.of(),
                "status.json",
                new Product.HealthRule(Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMillis(500)),
                Duration.ofSeconds(15),
                new Product.Retention(1 << 20));
    }

    static Product withStateDirectory(Map<Os, String> directories) {
        Product plain = at(Path.of("/opt/agent"));
        return new Product(
                plain.name(),
                plain.packageName(),
                plain.home(),
                directories,
                plain.services(),
                plain.preservedNames(),
                plain.outsideFiles(),
                plain.mutablePaths(),
                plain.statusFile(),
                plain.health(),
                plain.prepareBudget(),
                plain.retention());
    }

    public static Product withServices(Map<String, Product.ServiceSpec> services) {
        Product plain = at(Path.of("/opt/agent"));
        return new Product(
                plain.name(),
                plain.packageName(),
                plain.home(),
                plain.stateDirectory(),
                services,
                plain.preservedNames(),
                plain.outsideFiles(),
                plain.mutablePaths(),
                plain.statusFile(),
                plain.health(),
                plain.prepareBudget(),
                plain.retention());
    }
}
