package updater.state;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import updater.api.Os;
import updater.api.Product;
import updater.api.Product.HomeOverride;
import updater.api.Product.OutsideFile;
import updater.api.Product.ServiceSpec;
import updater.api.UpdateFailure;
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
            return ProductShape.read(JsonNode.root(JsonText.parse(json, JsonText.Duplicates.REFUSED)));
        } catch (JsonShapeException e) {
            throw new UpdateFailure.Usage(
                    "product descriptor " + Printable.text(source) + ": " + e.getMessage(),
                    "Correct the descriptor, or leave it out to use the built-in one");
        }
    }

    /** Returns the descriptor of a product, complete with every default, for people to read; {@link #read} reads it. */
    public static byte[] write(Product product) {
        return JsonText.pretty(out -> write(out, product));
    }

    /** Returns the descriptor on one line. */
    static byte[] compact(Product product) {
        return JsonText.compact(out -> write(out, product));
    }

    private static void write(JsonGenerator out, Product product) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", product.name());
        out.writeStringField("package", product.packageName());
        writeHomes(out, product);
        out.writeObjectFieldStart("state-directory");
        for (Map.Entry<Os, String> directory : byOs(product.stateDirectory()).entrySet()) {
            out.writeStringField(directory.getKey().key(), directory.getValue());
        }
        out.writeEndObject();
        writeServices(out, product);
        writeTexts(out, "preserved", new TreeSet<>(product.preservedNames()));
        out.writeArrayFieldStart("outside");
        for (OutsideFile file : product.outsideFiles()) {
            out.writeStartObject();
            out.writeStringField("staged", file.staged());
            out.writeStringField("target", file.target());
            out.writeEndObject();
        }
        out.writeEndArray();
        writeTexts(out, "mutable", product.mutablePaths());
        out.writeStringField("status-file", product.statusFile());
        writeLimits(out, product);
        out.writeEndObject();
    }

    private static void writeHomes(JsonGenerator out, Product product) throws IOException {
        out.writeObjectFieldStart("home");
        for (Map.Entry<Os, Product.HomeRule> home : byOs(product.home()).entrySet()) {
            Os os = home.getKey();
            out.writeObjectFieldStart(os.key());
            out.writeStringField("directory", text(os, home.getValue().directory()));
            out.writeArrayFieldStart("overrides");
            for (HomeOverride override : home.getValue().overrides()) {
                out.writeStartObject();
                switch (override) {
                    case HomeOverride.EnvironmentFile(Path file, String variable) -> {
                        out.writeStringField("file", text(os, file));
                        out.writeStringField("variable", variable);
                    }
                    case HomeOverride.RegistryValue(String key, String value) -> {
                        out.writeStringField("registry-key", key);
                        out.writeStringField("registry-value", value);
                    }
                }
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    /** A descriptor names paths of every system; on Windows, {@code Path} turns the slashes of the others around. */
    private static String text(Os os, Path path) {
        String separator = path.getFileSystem().getSeparator();
        return os == Os.WINDOWS ? path.toString() : path.toString().replace(separator, "/");
    }

    private static void writeServices(JsonGenerator out, Product product) throws IOException {
        out.writeObjectFieldStart("services");
        for (Map.Entry<String, ServiceSpec> service : new TreeMap<>(product.services()).entrySet()) {
            ServiceSpec spec = service.getValue();
            out.writeObjectFieldStart(service.getKey());
            out.writeStringField("name", spec.name());
            out.writeStringField("definition", spec.stagedDefinition());
            if (spec.installedDefinition().isPresent()) {
                out.writeStringField("installed", spec.installedDefinition().get());
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void writeLimits(JsonGenerator out, Product product) throws IOException {
        out.writeObjectFieldStart("health");
        out.writeNumberField("window-ms", product.health().window().toMillis());
        out.writeNumberField("poll-ms", product.health().poll().toMillis());
        out.writeNumberField("settle-ms", product.health().settle().toMillis());
        out.writeEndObject();
        out.writeNumberField("prepare-budget-ms", product.prepareBudget().toMillis());
        out.writeObjectFieldStart("retention");
        out.writeNumberField("kept-bytes", product.retention().keptBytes());
        out.writeEndObject();
    }

    private static void writeTexts(JsonGenerator out, String name, Iterable<String> texts) throws IOException {
        out.writeArrayFieldStart(name);
        for (String text : texts) {
            out.writeString(text);
        }
        out.writeEndArray();
    }

    private static <V> Map<Os, V> byOs(Map<Os, V> map) {
        Map<Os, V> sorted = new EnumMap<>(Os.class);
        sorted.putAll(map);
        return sorted;
    }
}
