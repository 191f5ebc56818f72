package updater.transaction.world;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.FileRules.OutsideFile;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.Os;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateTerms.Policy;
import updater.api.conformance.ProductEdit;

/** The product of a world, and variants in which one part is another. */
public final class Products {
    private Products() {}

    /** Returns the product of every world that does not say otherwise. */
    public static Product standard() {
        return ProductEdit.agent()
                .home(Os.LINUX, Path.of("/opt/agent"))
                .service("fake", ProductEdit.spec("agent.service", "install/agent.unit", Optional.empty()))
                .preserved(Set.of("config.yaml", "logging.yaml"))
                .outside(new OutsideFile("jmx.jar", "../jmx.jar"))
                .mutable(List.of("log/", "tmp/", World.STATUS))
                .status(new StatusRule("agent", World.STATUS, AfterSuccess.KEEP))
                .health(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(500))
                .retention(ProductEdit.keeping(1 << 20))
                .policy(new Policy(0, true, true))
                .product();
    }

    public static Product with(Product product, Policy policy) {
        return ProductEdit.of(product).policy(policy).product();
    }

    /** Returns the product with a rehearsal. */
    public static Product rehearsing(Product product, Probe.Command... commands) {
        return ProductEdit.of(product)
                .commands(product.terms().commands().rehearsing(List.of(commands)))
                .product();
    }
}
