package updater.transaction.world;

import java.util.List;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateTerms.Policy;
import updater.api.conformance.ProductEdit;

/** Variants of a product, in which one part is another. */
public final class Products {
    private Products() {}

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
