package updater.api.conformance;

import java.util.List;
import java.util.Set;
import updater.api.Product;
import updater.api.Product.HealthRule;
import updater.api.VendorCommands;

/** A product that is another one but for what a test wants otherwise. */
public final class ProductEdit {
    private final Product product;
    private Set<String> preserved;
    private List<String> mutable;
    private HealthRule health;
    private Product.Retention retention;
    private Product.Trust trust;
    private List<String> configuration;
    private VendorCommands commands;
    private Product.Policy policy;

    private ProductEdit(Product product) {
        this.product = product;
        preserved = product.preservedNames();
        mutable = product.mutablePaths();
        health = product.health();
        retention = product.retention();
        trust = product.trust();
        configuration = product.configuration();
        commands = product.commands();
        policy = product.policy();
    }

    public static ProductEdit of(Product product) {
        return new ProductEdit(product);
    }

    public ProductEdit preserved(Set<String> names) {
        preserved = names;
        return this;
    }

    public ProductEdit mutable(List<String> paths) {
        mutable = paths;
        return this;
    }

    public ProductEdit health(HealthRule rule) {
        health = rule;
        return this;
    }

    public ProductEdit retention(Product.Retention limits) {
        retention = limits;
        return this;
    }

    public ProductEdit trust(Product.Trust rule) {
        trust = rule;
        return this;
    }

    public ProductEdit configuration(List<String> patterns) {
        configuration = patterns;
        return this;
    }

    public ProductEdit commands(VendorCommands all) {
        commands = all;
        return this;
    }

    public ProductEdit policy(Product.Policy other) {
        policy = other;
        return this;
    }

    /** Returns it. */
    public Product product() {
        return new Product(
                product.name(),
                product.packageName(),
                product.home(),
                product.stateDirectory(),
                product.services(),
                preserved,
                product.outsideFiles(),
                mutable,
                product.statusFile(),
                health,
                product.prepareBudget(),
                retention,
                trust,
                configuration,
                commands,
                policy);
    }
}
