package updater.transaction.world;

import java.util.List;
import updater.api.Probe;
import updater.api.Product;
import updater.api.Product.HealthRule;

/** Variants of a product, in which one part is another. */
public final class Products {
    private Products() {}

    public static Product with(Product product, HealthRule health) {
        return new Product(
                product.name(),
                product.packageName(),
                product.home(),
                product.stateDirectory(),
                product.services(),
                product.preservedNames(),
                product.outsideFiles(),
                product.mutablePaths(),
                product.statusFile(),
                health,
                product.prepareBudget(),
                product.retention(),
                product.trust(),
                product.configuration(),
                product.rehearsal(),
                product.policy());
    }

    public static Product with(Product product, Product.Policy policy) {
        return new Product(
                product.name(),
                product.packageName(),
                product.home(),
                product.stateDirectory(),
                product.services(),
                product.preservedNames(),
                product.outsideFiles(),
                product.mutablePaths(),
                product.statusFile(),
                product.health(),
                product.prepareBudget(),
                product.retention(),
                product.trust(),
                product.configuration(),
                product.rehearsal(),
                policy);
    }

    /** Returns the product with a rehearsal. */
    public static Product rehearsing(Product product, Probe.Command... commands) {
        return new Product(
                product.name(),
                product.packageName(),
                product.home(),
                product.stateDirectory(),
                product.services(),
                product.preservedNames(),
                product.outsideFiles(),
                product.mutablePaths(),
                product.statusFile(),
                product.health(),
                product.prepareBudget(),
                product.retention(),
                product.trust(),
                product.configuration(),
                List.of(commands),
                product.policy());
    }
}
