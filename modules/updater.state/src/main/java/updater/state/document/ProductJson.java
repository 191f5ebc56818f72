package updater.state.document;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import updater.api.Os;
import updater.api.Product;
import updater.api.Product.HomeOverride;
import updater.api.Product.OutsideFile;
import updater.api.UpdateFailure;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.json.Printable;

/** Read and write product descriptors. */
public final class ProductJson {
    /** The longest descriptor that is read, in bytes. */
    public static final int MAX_BYTES = 1 << 20;

    private ProductJson() {}

    /**
     * Reads a descriptor. Members that are missing get their defaults, members that are unknown are refused.
     *
     * @param source what messages call the descriptor, e.g. its path
     * @throws UpdateFailure.Usage when it is not valid; the message names the member
     */
    public static Product read(byte[] json, String source) throws UpdateFailure.Usage {
        try {
            if (json.length > MAX_BYTES) {
                throw new JsonShapeException("expected at most " + MAX_BYTES + " bytes, found " + json.length);
            }
            return ProductShape.read(JsonNode.root(JsonText.parse(json, JsonText.Strictness.STRICT)));
        } catch (JsonShapeException e) {
            throw new UpdateFailure.Usage(
                    "product descriptor " + Printable.text(source) + ": " + e.getMessage(),
                    "Correct the descriptor, or leave it out to use the built-in one");
        }
    }

    /** Returns the descriptor of a product, complete with every default, for people to read; {@link #read} reads it. */
    public static byte[] write(Product product) {
        return JsonText.pretty(json(product));
    }

    /** Returns the descriptor on one line. */
    public static byte[] compact(Product product) {
        return JsonText.compact(json(product));
    }

    private static Json json(Product product) {
        JsonMembers states = new JsonMembers();
        byOs(product.stateDirectory()).forEach((os, directory) -> states.add(os.key(), directory));
        return new JsonMembers()
                .add("name", product.name())
                .add("package", product.packageName())
                .add("home", homes(product))
                .add("state-directory", states)
                .add("services", services(product))
                .addTexts("preserved", new TreeSet<>(product.preservedNames()))
                .add("outside", outside(product))
                .addTexts("mutable", product.mutablePaths())
                .add("status-file", product.statusFile())
                .add("health", health(product))
                .add("prepare-budget-ms", product.prepareBudget().toMillis())
                .add(
                        "retention",
                        new JsonMembers().add("kept-bytes", product.retention().keptBytes()))
                .toJson();
    }

    private static JsonMembers homes(Product product) {
        JsonMembers homes = new JsonMembers();
        byOs(product.home()).forEach((os, home) -> {
            List<Json> overrides = new ArrayList<>();
            home.overrides().forEach(override -> overrides.add(override(os, override)));
            homes.add(
                    os.key(),
                    new JsonMembers()
                            .add("directory", text(os, home.directory()))
                            .add("overrides", new Json.Elements(overrides)));
        });
        return homes;
    }

    private static Json override(Os os, HomeOverride override) {
        return switch (override) {
            case HomeOverride.EnvironmentFile(Path file, String variable) ->
                new JsonMembers()
                        .add("file", text(os, file))
                        .add("variable", variable)
                        .toJson();
            case HomeOverride.RegistryValue(String key, String value) ->
                new JsonMembers()
                        .add("registry-key", key)
                        .add("registry-value", value)
                        .toJson();
        };
    }

    /** A descriptor names paths of every system; on Windows, {@code Path} turns the slashes of the others around. */
    private static String text(Os os, Path path) {
        String separator = path.getFileSystem().getSeparator();
        return os == Os.WINDOWS ? path.toString() : path.toString().replace(separator, "/");
    }

    private static JsonMembers services(Product product) {
        JsonMembers services = new JsonMembers();
        new TreeMap<>(product.services()).forEach((manager, spec) -> {
            JsonMembers service = new JsonMembers().add("name", spec.name()).add("definition", spec.stagedDefinition());
            spec.installedDefinition().ifPresent(installed -> service.add("installed", installed));
            services.add(manager, service);
        });
        return services;
    }

    private static Json outside(Product product) {
        List<Json> files = new ArrayList<>();
        for (OutsideFile file : product.outsideFiles()) {
            files.add(new JsonMembers()
                    .add("staged", file.staged())
                    .add("target", file.target())
                    .toJson());
        }
        return new Json.Elements(files);
    }

    private static JsonMembers health(Product product) {
        return new JsonMembers()
                .add("window-ms", product.health().window().toMillis())
                .add("poll-ms", product.health().poll().toMillis())
                .add("settle-ms", product.health().settle().toMillis());
    }

    private static <V> Map<Os, V> byOs(Map<Os, V> map) {
        Map<Os, V> sorted = new EnumMap<>(Os.class);
        sorted.putAll(map);
        return sorted;
    }
}
