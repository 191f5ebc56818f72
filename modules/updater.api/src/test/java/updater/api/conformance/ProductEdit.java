package updater.api.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import updater.api.FileRules;
import updater.api.FileRules.OutsideFile;
import updater.api.HealthRule;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride;
import updater.api.Os;
import updater.api.Places;
import updater.api.Probe;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Trust;
import updater.api.UpdateTerms;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;

/** A product that is another one but for what a test wants otherwise. */
public final class ProductEdit {
    private static final Product AGENT = new Product(
            "agent",
            new Places(Map.of(), Map.of()),
            Map.of(),
            new FileRules(Set.of(), List.of(), List.of("log/", "tmp/", "package_statuses.json"), List.of()),
            new HealthRule(
                    new StatusRule("agent", "package_statuses.json", AfterSuccess.KEEP),
                    Duration.ofSeconds(10),
                    Duration.ofMillis(100),
                    Duration.ofMillis(500),
                    HealthRule.REPORT,
                    Duration.ZERO),
            Trust.NONE,
            new UpdateTerms(Duration.ofSeconds(15), keeping(0), VendorCommands.NONE, Policy.USUAL));

    private final Map<Os, HomeRule> homes;
    private final Map<Os, String> stateDirectories;
    private final Map<String, ServiceSpec> services;
    private String name;
    private Set<String> preserved;
    private List<OutsideFile> outside;
    private List<String> mutable;
    private List<String> configuration;
    private HealthRule health;
    private Trust trust;
    private Duration prepareBudget;
    private Retention retention;
    private VendorCommands commands;
    private Policy policy;

    private ProductEdit(Product product) {
        name = product.name();
        homes = new HashMap<>(product.places().home());
        stateDirectories = new HashMap<>(product.places().stateDirectory());
        services = new HashMap<>(product.services());
        preserved = product.files().preserved();
        outside = product.files().outside();
        mutable = product.files().mutable();
        configuration = product.files().configuration();
        health = product.health();
        trust = product.trust();
        prepareBudget = product.terms().prepareBudget();
        retention = product.terms().retention();
        commands = product.terms().commands();
        policy = product.terms().policy();
    }

    public static ProductEdit of(Product product) {
        return new ProductEdit(product);
    }

    /** Begins with an agent that reports, keeps nothing, and has neither a home nor a service yet. */
    public static ProductEdit agent() {
        return new ProductEdit(AGENT);
    }

    /** Returns a service that is all of its agent, and of which nothing stays when it is stopped. */
    public static ServiceSpec spec(String name, String stagedDefinition, Optional<String> installedDefinition) {
        return new ServiceSpec(name, stagedDefinition, installedDefinition, List.of(), false, false);
    }

    /** Returns limits of so many bytes for what a rollback takes away, where no previous version is kept. */
    public static Retention keeping(long bytes) {
        return new Retention(bytes, Retention.KEPT_FILES, 0, Retention.BYTES);
    }

    public ProductEdit name(String text) {
        name = text;
        return this;
    }

    public ProductEdit home(Os os, Path directory, HomeOverride... overrides) {
        homes.put(os, new HomeRule(directory, List.of(overrides)));
        return this;
    }

    public ProductEdit stateDirectory(Os os, String directory) {
        stateDirectories.put(os, directory);
        return this;
    }

    /** Sets the service under one manager. */
    public ProductEdit service(String manager, ServiceSpec spec) {
        services.put(manager, spec);
        return this;
    }

    public ProductEdit preserved(Set<String> names) {
        preserved = names;
        return this;
    }

    public ProductEdit outside(OutsideFile... files) {
        outside = List.of(files);
        return this;
    }

    public ProductEdit mutable(List<String> paths) {
        mutable = paths;
        return this;
    }

    public ProductEdit configuration(List<String> patterns) {
        configuration = patterns;
        return this;
    }

    public ProductEdit status(StatusRule rule) {
        health = new HealthRule(
                rule, health.window(), health.poll(), health.stabilisation(), health.probes(), health.probation());
        return this;
    }

    /** Sets how long the new agent has to report, how often it is asked, and how long it must run on. */
    public ProductEdit health(Duration window, Duration poll, Duration stabilisation) {
        health = new HealthRule(health.status(), window, poll, stabilisation, health.probes(), health.probation());
        return this;
    }

    public ProductEdit probes(Probe... all) {
        health = new HealthRule(
                health.status(),
                health.window(),
                health.poll(),
                health.stabilisation(),
                List.of(all),
                health.probation());
        return this;
    }

    public ProductEdit probation(Duration time) {
        health = new HealthRule(
                health.status(), health.window(), health.poll(), health.stabilisation(), health.probes(), time);
        return this;
    }

    public ProductEdit trust(Trust rule) {
        trust = rule;
        return this;
    }

    public ProductEdit prepareBudget(Duration time) {
        prepareBudget = time;
        return this;
    }

    public ProductEdit retention(Retention limits) {
        retention = limits;
        return this;
    }

    public ProductEdit commands(VendorCommands all) {
        commands = all;
        return this;
    }

    public ProductEdit policy(Policy other) {
        policy = other;
        return this;
    }

    /** Returns it. */
    public Product product() {
        return new Product(
                name,
                new Places(homes, stateDirectories),
                services,
                new FileRules(preserved, outside, mutable, configuration),
                health,
                trust,
                new UpdateTerms(prepareBudget, retention, commands, policy));
    }
}
