package updater.transaction.world;

import java.util.List;
import updater.api.Probe;
import updater.api.Product;
import updater.api.Product.HealthRule;
import updater.api.conformance.ProductEdit;

/** Variants of a product, in which one part is another. */
public final class Products {
    private Products() {}

    public static Product with(Product product, HealthRule health) {
        return ProductEdit.of(product).health(health).product();
    }

    public static Product with(Product product, Product.Policy policy) {
        return ProductEdit.of(product).policy(policy).product();
    }

    /** Returns the product with a rehearsal. */
    public static Product rehearsing(Product product, Probe.Command... commands) {
        return ProductEdit.of(product)
                .commands(product.commands().rehearsing(List.of(commands)))
                .product();
    }
}
