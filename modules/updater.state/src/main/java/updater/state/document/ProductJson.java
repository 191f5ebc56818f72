package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.JsonForm.millis;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;
import static updater.state.document.TextForms.BESIDE_HOME;
import static updater.state.document.TextForms.MUTABLE;
import static updater.state.document.TextForms.NAME;
import static updater.state.document.TextForms.PATTERN;
import static updater.state.document.TextForms.PATTERNS;
import static updater.state.document.TextForms.RELATIVE;
import static updater.state.document.TextForms.TOKEN;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import updater.api.FileRules;
import updater.api.FileRules.OutsideFile;
import updater.api.HealthRule;
import updater.api.Places;
import updater.api.Probe;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.api.UpdateTerms;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.VendorCommands.Migration;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.json.Printable;
import updater.state.document.RecordForm.Field;
import updater.state.document.RecordForm.Values;

/**
 * The JSON form of product descriptors.
 *
 * <p>What is read may be put into file names, paths and the arguments of commands as it is.
 */
public final class ProductJson {
    /** The longest descriptor that is read, in bytes. */
    public static final int MAX_BYTES = 1 << 20;

    private static final String SCHEMA = "$schema";
    private static final JsonForm<String> ID =
            TEXT.where(TOKEN.asMatchPredicate(), "a name of letters, digits, '.', '_' and '-', 64 at most");
    private static final JsonForm<OutsideFile> OUTSIDE = strict(
            v -> new OutsideFile(v.next(), v.next()),
            field("staged", RELATIVE, OutsideFile::staged),
            field("target", BESIDE_HOME, OutsideFile::target));
    private static final Field<Product, String> STATUS_FILE =
            field("status-file", RELATIVE, product -> product.health().status().file(), "package_statuses.json");

    private static final Field<Product, HealthRule> HEALTH_RULE = orEmpty("health", HealthJson.HEALTH, Product::health);

    private static final JsonForm<Product> PRODUCT = strict(
            ProductJson::product,
            field("name", ID, Product::name),
            field("package", NAME, product -> product.health().status().packageName()),
            field(
                    "home",
                    PlacesJson.byOs(PlacesJson::home)
                            .where(all -> !all.isEmpty(), "at least one of linux, macos, windows"),
                    product -> product.places().home()),
            field(
                    "state-directory",
                    PlacesJson.byOs(PlacesJson::stateDirectory),
                    product -> product.places().stateDirectory(),
                    Map.of()),
            field("services", ServicesJson.SERVICES, Product::services),
            field("preserved", PATTERNS, product -> product.files().preserved(), Set.of()),
            field("outside", OUTSIDE.list(), product -> product.files().outside(), List.of()),
            new Field<>(
                    "mutable",
                    MUTABLE.list(),
                    product -> product.files().mutable(),
                    root -> ProductRules.neededMutable(
                            STATUS_FILE.read(root), HEALTH_RULE.read(root).reports())),
            STATUS_FILE,
            HEALTH_RULE,
            field("prepare-budget-ms", millis(1), product -> product.terms().prepareBudget(), Duration.ofSeconds(15)),
            orEmpty("retention", TermsJson.RETENTION, product -> product.terms().retention()),
            orEmpty("trust", TrustJson.TRUST, Product::trust),
            field("configuration", PATTERN.list(), product -> product.files().configuration(), List.of()),
            field(
                    "rehearsal",
                    ProbeJson.REHEARSAL,
                    product -> product.terms().commands().rehearsal(),
                    List.of()),
            orEmpty("hooks", TermsJson.HOOKS, product -> product.terms().commands()),
            field(
                    "migrations",
                    TermsJson.MIGRATIONS,
                    product -> product.terms().commands().migrations(),
                    List.of()),
            orEmpty("policy", TermsJson.POLICY, product -> product.terms().policy()));

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
            Product product = PRODUCT.read(withoutSchema(JsonText.parse(json, JsonText.Strictness.STRICT)));
            ProductRules.require(product);
            return product;
        } catch (JsonShapeException e) {
            throw new UpdateFailure.Usage(
                    "product descriptor " + Printable.text(source) + ": " + e.getMessage(),
                    "Correct the descriptor: docs/product.md has every member, its default and its bounds");
        }
    }

    /** Editors are told by this member where the schema is; it says nothing of the product. */
    private static JsonNode withoutSchema(Json json) throws JsonShapeException {
        JsonNode root = JsonNode.root(json);
        if (!(json instanceof Json.Members(Map<String, Json> members)) || !members.containsKey(SCHEMA)) {
            return root;
        }
        root.member(SCHEMA).text();
        Map<String, Json> others = new LinkedHashMap<>(members);
        others.remove(SCHEMA);
        return JsonNode.root(new Json.Members(others));
    }

    /** Returns the descriptor of a product, complete with every default, for people to read; {@link #read} reads it. */
    public static byte[] write(Product product) {
        return JsonText.pretty(PRODUCT.write(product));
    }

    /** Returns the descriptor on one line. */
    public static byte[] compact(Product product) {
        return JsonText.compact(PRODUCT.write(product));
    }

    private static Product product(Values v) {
        String name = v.next();
        String packageName = v.next();
        Places places = new Places(v.next(), v.next());
        Map<String, ServiceSpec> services = v.next();
        Set<String> preserved = v.next();
        List<OutsideFile> outside = v.next();
        List<String> mutable = v.next();
        String statusFile = v.next();
        HealthRule health = HealthJson.reporting(v.next(), packageName, statusFile);
        Duration prepareBudget = v.next();
        Retention retention = v.next();
        Trust trust = v.next();
        FileRules files = new FileRules(preserved, outside, mutable, v.next());
        VendorCommands commands = vendorCommands(v.next(), v.next(), v.next());
        UpdateTerms terms = new UpdateTerms(prepareBudget, retention, commands, v.next());
        return new Product(name, places, services, files, health, trust, terms);
    }

    private static VendorCommands vendorCommands(
            List<Probe.Command> rehearsal, VendorCommands hooks, List<Migration> migrations) {
        return hooks.rehearsing(rehearsal).migrating(migrations);
    }

    /** Returns a member that is read as an empty object when it is missing: every member of it has a default. */
    private static <T> Field<Product, T> orEmpty(String name, JsonForm<T> form, Function<Product, T> component) {
        return new Field<>(name, form, component, root -> form.read(new JsonNode(new Json.Members(Map.of()), name)));
    }
}
