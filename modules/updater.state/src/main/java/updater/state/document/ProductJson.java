package updater.state.document;

import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.JsonForm.integer;
import static updater.state.document.JsonForm.millis;
import static updater.state.document.JsonForm.number;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.strict;
import static updater.state.document.TextForms.ABSOLUTE;
import static updater.state.document.TextForms.BESIDE_HOME;
import static updater.state.document.TextForms.DEFINITION;
import static updater.state.document.TextForms.MUTABLE;
import static updater.state.document.TextForms.NAME;
import static updater.state.document.TextForms.PATTERN;
import static updater.state.document.TextForms.PATTERNS;
import static updater.state.document.TextForms.RELATIVE;
import static updater.state.document.TextForms.isAbsolute;
import static updater.state.document.TextForms.isBelowHome;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import updater.api.FileRules;
import updater.api.FileRules.OutsideFile;
import updater.api.HealthRule;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride;
import updater.api.Os;
import updater.api.PathPatterns;
import updater.api.Places;
import updater.api.Probe;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.api.UpdateTerms;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.VendorCommands.Migration;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.json.Printable;
import updater.release.Roots;
import updater.release.SignifyKey;
import updater.release.TrustPolicy;
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
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final JsonForm<String> ID =
            TEXT.where(TOKEN.asMatchPredicate(), "a name of letters, digits, '.', '_' and '-', 64 at most");
    private static final JsonForm<String> VARIABLE = TEXT.where(
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}").asMatchPredicate(), "the name of an environment variable");
    private static final JsonForm<String> SERVICE_NAME = TEXT.where(
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:@\\\\ -]{0,254}").asMatchPredicate(),
            "a service name of letters, digits, blanks and _ . : @ \\ -, not beginning with -");
    private static final JsonForm<String> COMPANION = TEXT.where(
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:@\\\\ *-]{0,254}").asMatchPredicate(),
            "a service name, in which * stands for any text");
    private static final String END = "end";
    private static final String LEAVE = "leave";
    private static final JsonForm<HomeOverride.RegistryValue> REGISTRY_VALUE = strict(
            v -> new HomeOverride.RegistryValue(v.next(), v.next()),
            field("registry-key", NAME, HomeOverride.RegistryValue::key),
            field("registry-value", NAME, HomeOverride.RegistryValue::value));
    private static final JsonForm<ServiceSpec> SERVICE = strict(
            v -> new ServiceSpec(v.next(), v.next(), v.next(), v.next(), v.next(), v.next()),
            field("name", SERVICE_NAME, ServiceSpec::name),
            field("definition", RELATIVE, ServiceSpec::stagedDefinition),
            field(
                    "installed",
                    DEFINITION.<Optional<String>>as(Optional::of, Optional::orElseThrow, ABSOLUTE),
                    ServiceSpec::installedDefinition,
                    Optional.empty()),
            field("companions", COMPANION.list(), ServiceSpec::companions, List.of()),
            field(
                    "leftovers",
                    TEXT.where(Set.of(END, LEAVE)::contains, END + " or " + LEAVE)
                            .as(LEAVE::equals, leaves -> leaves ? LEAVE : END, END + " or " + LEAVE),
                    ServiceSpec::leavesProcesses,
                    false),
            field("elsewhere", JsonForm.BOOL, ServiceSpec::elsewhere, false));
    private static final JsonForm<OutsideFile> OUTSIDE = strict(
            v -> new OutsideFile(v.next(), v.next()),
            field("staged", RELATIVE, OutsideFile::staged),
            field("target", BESIDE_HOME, OutsideFile::target));
    private static final JsonForm<Retention> RETENTION = strict(
            v -> new Retention(v.next(), v.next(), v.next(), v.next()),
            field("kept-bytes", number(0, Long.MAX_VALUE, "bytes >= 0"), Retention::keptBytes, 64L << 20),
            field("kept-files", number(0, Long.MAX_VALUE, "files >= 0"), Retention::keptFiles, Retention.KEPT_FILES),
            field("days", integer(0, 3650), Retention::days, Retention.DAYS),
            field("bytes", number(0, Long.MAX_VALUE, "bytes >= 0"), Retention::bytes, Retention.BYTES));
    private static final JsonForm<String> PUBLIC_KEY = TEXT.as(
            text -> new SignifyKey(text).base64(),
            text -> text,
            "a public key of signify, the second line of its file");
    private static final JsonForm<Trust> TRUST = strict(
                    v -> new Trust(v.next(), v.next(), v.next(), v.next()),
                    field("required", JsonForm.BOOL, Trust::required, Trust.NONE.required()),
                    field(
                            "roots",
                            PUBLIC_KEY.list().where(all -> all.size() <= Roots.MAX, "at most " + Roots.MAX + " roots"),
                            Trust::roots,
                            Trust.NONE.roots()),
                    field("threshold", integer(1, Roots.MAX), Trust::threshold, Trust.NONE.threshold()),
                    field(
                            "fresh-days",
                            integer(0, TrustPolicy.MAX_FRESH_DAYS),
                            Trust::freshDays,
                            Trust.NONE.freshDays()))
            .where(
                    ProductJson::isPolicy,
                    "different roots, a threshold not above their number, and roots where signatures are required");
    private static final JsonForm<Policy> POLICY = strict(
            v -> new Policy(v.next(), v.next(), v.next()),
            field("attempts", integer(0, 1000), Policy::attempts, Policy.USUAL.attempts()),
            field("start-when-stopped", JsonForm.BOOL, Policy::startWhenStopped, Policy.USUAL.startWhenStopped()),
            field(
                    "restart-when-unchanged",
                    JsonForm.BOOL,
                    Policy::restartWhenUnchanged,
                    Policy.USUAL.restartWhenUnchanged()));
    private static final int MOST_MIGRATIONS = 16;
    private static final JsonForm<Migration> MIGRATION = strict(
            v -> new Migration(v.next(), new Probe.Command(v.next(), v.next())),
            field("file", RELATIVE, Migration::file),
            field("argv", ProbeJson.WORDS, migration -> migration.command().argv()),
            field("timeout-ms", millis(1), migration -> migration.command().bound(), Duration.ofSeconds(10)));
    private static final JsonForm<VendorCommands> HOOKS = strict(
            v -> new VendorCommands(List.of(), v.next(), v.next(), v.next(), List.of()),
            field("before-stop", ProbeJson.HOOKS, VendorCommands::beforeStop, List.of()),
            field("after-start", ProbeJson.HOOKS, VendorCommands::afterStart, List.of()),
            field("after-rollback", ProbeJson.HOOKS, VendorCommands::afterRollback, List.of()));
    private static final Field<Product, String> STATUS_FILE =
            field("status-file", RELATIVE, product -> product.health().status().file(), "package_statuses.json");

    private static final Field<Product, HealthRule> HEALTH_RULE = orEmpty("health", HealthJson.HEALTH, Product::health);

    private static final JsonForm<Product> PRODUCT = strict(
            ProductJson::product,
            field("name", ID, Product::name),
            field("package", NAME, product -> product.health().status().packageName()),
            field(
                    "home",
                    byOs(ProductJson::home).where(all -> !all.isEmpty(), "at least one of linux, macos, windows"),
                    product -> product.places().home()),
            field(
                    "state-directory",
                    byOs(ProductJson::stateDirectory),
                    product -> product.places().stateDirectory(),
                    Map.of()),
            field(
                    "services",
                    services().where(all -> !all.isEmpty(), "at least one service manager"),
                    Product::services),
            field("preserved", PATTERNS, product -> product.files().preserved(), Set.of()),
            field("outside", OUTSIDE.list(), product -> product.files().outside(), List.of()),
            new Field<>(
                    "mutable",
                    MUTABLE.list(),
                    product -> product.files().mutable(),
                    root -> neededMutable(
                            STATUS_FILE.read(root), HEALTH_RULE.read(root).reports())),
            STATUS_FILE,
            HEALTH_RULE,
            field("prepare-budget-ms", millis(1), product -> product.terms().prepareBudget(), Duration.ofSeconds(15)),
            orEmpty("retention", RETENTION, product -> product.terms().retention()),
            orEmpty("trust", TRUST, Product::trust),
            field("configuration", PATTERN.list(), product -> product.files().configuration(), List.of()),
            field(
                    "rehearsal",
                    ProbeJson.REHEARSAL,
                    product -> product.terms().commands().rehearsal(),
                    List.of()),
            orEmpty("hooks", HOOKS, product -> product.terms().commands()),
            field(
                    "migrations",
                    MIGRATION.list().where(all -> all.size() <= MOST_MIGRATIONS, "at most 16 migrations"),
                    product -> product.terms().commands().migrations(),
                    List.of()),
            orEmpty("policy", POLICY, product -> product.terms().policy()));

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
            List<String> needed = neededMutable(
                    product.health().status().file(), product.health().reports());
            requireMigratable(product);
            if (!product.health().probation().isZero()
                    && product.terms().retention().days() == 0) {
                throw JsonShapeException.at(
                        "health.probation-ms",
                        "0 where retention.days is 0: nothing is kept then that could be gone back to",
                        Long.toString(product.health().probation().toMillis()));
            }
            if (!product.files().mutable().containsAll(needed)) {
                throw JsonShapeException.at(
                        "mutable",
                        String.join(", ", needed) + " among others",
                        String.join(", ", product.files().mutable()));
            }
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

    /** What a bundle installs is the vendor's, and what no update touches nobody could put back. */
    private static void requireMigratable(Product product) throws JsonShapeException {
        PathPatterns preserved = new PathPatterns(product.files().preserved());
        Set<String> files = new HashSet<>();
        List<Migration> all = product.terms().commands().migrations();
        for (int i = 0; i < all.size(); i++) {
            String file = all.get(i).file();
            boolean mutable = product.files().mutable().stream()
                    .anyMatch(path -> (file + "/").startsWith(path.endsWith("/") ? path : path + "/"));
            if (!preserved.matches(file) || mutable || !files.add(file)) {
                throw JsonShapeException.at(
                        "migrations[" + i + "].file", "a file that is preserved and not mutable, once", file);
            }
        }
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

    private static List<String> neededMutable(String statusFile, boolean reports) {
        return reports ? List.of("log/", "tmp/", statusFile) : List.of("log/", "tmp/");
    }

    private static boolean isPolicy(Trust trust) {
        try {
            TrustPolicy.of(trust.required(), trust.roots(), trust.threshold(), trust.freshDays());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns a member that is read as an empty object when it is missing: every member of it has a default. */
    private static <T> Field<Product, T> orEmpty(String name, JsonForm<T> form, Function<Product, T> component) {
        return new Field<>(name, form, component, root -> form.read(new JsonNode(new Json.Members(Map.of()), name)));
    }

    private static <T> JsonForm<Map<Os, T>> byOs(Function<Os, JsonForm<T>> form) {
        return new JsonForm<>(
                node -> {
                    node.allowOnly(Set.of(Os.LINUX.key(), Os.MACOS.key(), Os.WINDOWS.key()));
                    Map<Os, T> values = new EnumMap<>(Os.class);
                    for (Os os : Os.values()) {
                        Optional<JsonNode> found = node.optional(os.key());
                        if (found.isPresent()) {
                            values.put(os, form.apply(os).read(found.get()));
                        }
                    }
                    return values;
                },
                values -> {
                    JsonMembers members = new JsonMembers();
                    new TreeMap<>(values)
                            .forEach((os, value) ->
                                    members.add(os.key(), form.apply(os).write(value)));
                    return members.toJson();
                });
    }

    private static JsonForm<HomeRule> home(Os os) {
        // On Windows, Path turns the slashes of the other systems' paths around.
        JsonForm<Path> path = TEXT.where(text -> isAbsolute(os, text), ABSOLUTE)
                .as(
                        Path::of,
                        of -> os == Os.WINDOWS
                                ? of.toString()
                                : of.toString().replace(of.getFileSystem().getSeparator(), "/"),
                        "an absolute path");
        JsonForm<HomeOverride.EnvironmentFile> environmentFile = strict(
                v -> new HomeOverride.EnvironmentFile(v.next(), v.next()),
                field("file", path, HomeOverride.EnvironmentFile::file),
                field("variable", VARIABLE, HomeOverride.EnvironmentFile::variable));
        JsonForm<HomeOverride> override = new JsonForm<>(
                node -> node.optional("file").isPresent() ? environmentFile.read(node) : REGISTRY_VALUE.read(node),
                value -> switch (value) {
                    case HomeOverride.EnvironmentFile file -> environmentFile.write(file);
                    case HomeOverride.RegistryValue registry -> REGISTRY_VALUE.write(registry);
                });
        return strict(
                v -> new HomeRule(v.next(), v.next()),
                field("directory", path, HomeRule::directory),
                field("overrides", override.list(), HomeRule::overrides, List.of()));
    }

    private static JsonForm<String> stateDirectory(Os os) {
        return TEXT.where(text -> isBelowHome(text) || isAbsolute(os, text), ABSOLUTE);
    }

    private static JsonForm<Map<String, ServiceSpec>> services() {
        return new JsonForm<>(
                node -> {
                    Map<String, ServiceSpec> services = new LinkedHashMap<>();
                    for (Map.Entry<String, JsonNode> service : node.members().entrySet()) {
                        JsonNode spec = service.getValue();
                        if (!TOKEN.matcher(service.getKey()).matches()) {
                            throw JsonShapeException.at(spec.path(), "the name of a service manager", "this name");
                        }
                        services.put(service.getKey(), SERVICE.read(spec));
                    }
                    return services;
                },
                services -> {
                    JsonMembers members = new JsonMembers();
                    new TreeMap<>(services).forEach((manager, spec) -> members.add(manager, SERVICE.write(spec)));
                    return members.toJson();
                });
    }
}
