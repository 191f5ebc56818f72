package updater.state.document;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import updater.api.Os;
import updater.api.Place;
import updater.api.Product;
import updater.api.Product.HealthRule;
import updater.api.Product.HomeOverride;
import updater.api.Product.HomeRule;
import updater.api.Product.OutsideFile;
import updater.api.Product.Retention;
import updater.api.Product.ServiceSpec;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.Printable;

/**
 * Check a parsed descriptor and give it its defaults.
 *
 * <p>What gets through may be put into file names, paths and the arguments of commands as it is.
 */
final class ProductShape {
    private static final Set<String> MEMBERS = Set.of(
            "name",
            "package",
            "home",
            "state-directory",
            "services",
            "preserved",
            "outside",
            "mutable",
            "status-file",
            "health",
            "prepare-budget-ms",
            "retention");

    private static final String DEFAULT_STATUS_FILE = "package_statuses.json";
    private static final long DEFAULT_WINDOW_MS = 10_000;
    private static final long DEFAULT_POLL_MS = 100;
    private static final long DEFAULT_SETTLE_MS = 500;
    private static final long DEFAULT_PREPARE_BUDGET_MS = 15_000;
    private static final long DEFAULT_KEPT_BYTES = 64L << 20;

    /** Waiting longer than this for anything is a slip of the pen. */
    private static final long MAX_MS = Duration.ofDays(1).toMillis();

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern SERVICE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:@\\\\ -]{0,254}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");
    private static final Pattern WINDOWS_ABSOLUTE = Pattern.compile("[A-Za-z]:[\\\\/][^<>:\"|?*]*");

    private ProductShape() {}

    static Product read(JsonNode root) throws JsonShapeException {
        root.allowOnly(MEMBERS);
        String statusFile = textOr(root, "status-file", DEFAULT_STATUS_FILE, ProductShape::relative);
        return new Product(
                matching(root.member("name"), TOKEN, "a name of letters, digits, '.', '_' and '-', 64 at most"),
                name(root.member("package")),
                homes(root.member("home")),
                stateDirectories(root),
                services(root.member("services")),
                preserved(root),
                outside(root),
                mutable(root, statusFile),
                statusFile,
                health(root),
                Duration.ofMillis(millis(root, "prepare-budget-ms", 1, DEFAULT_PREPARE_BUDGET_MS)),
                retention(root));
    }

    private interface Reader<T> {
        T read(JsonNode node) throws JsonShapeException;
    }

    private static String textOr(JsonNode parent, String name, String missing, Reader<String> reader)
            throws JsonShapeException {
        Optional<JsonNode> node = parent.optional(name);
        return node.isPresent() ? reader.read(node.get()) : missing;
    }

    private static String matching(JsonNode node, Pattern pattern, String what) throws JsonShapeException {
        String text = node.text();
        if (!pattern.matcher(text).matches()) {
            throw node.expected(what);
        }
        return text;
    }

    /** Returns a text that is not empty and can be shown as it is. */
    private static String name(JsonNode node) throws JsonShapeException {
        String text = node.text();
        if (text.isBlank() || text.length() > 255 || !Printable.text(text).equals(text)) {
            throw node.expected("a text of 1 to 255 printable characters");
        }
        return text;
    }

    private static Map<Os, HomeRule> homes(JsonNode node) throws JsonShapeException {
        Map<Os, HomeRule> homes = new EnumMap<>(Os.class);
        for (Map.Entry<Os, JsonNode> home : byOs(node).entrySet()) {
            Os os = home.getKey();
            home.getValue().allowOnly(Set.of("directory", "overrides"));
            List<HomeOverride> overrides = new ArrayList<>();
            for (JsonNode override : elements(home.getValue(), "overrides")) {
                overrides.add(override(os, override));
            }
            homes.put(os, new HomeRule(path(os, home.getValue().member("directory")), overrides));
        }
        if (homes.isEmpty()) {
            throw node.expected("at least one of linux, macos, windows");
        }
        return homes;
    }

    private static HomeOverride override(Os os, JsonNode node) throws JsonShapeException {
        if (node.optional("file").isPresent()) {
            node.allowOnly(Set.of("file", "variable"));
            return new HomeOverride.EnvironmentFile(
                    path(os, node.member("file")),
                    matching(node.member("variable"), VARIABLE, "the name of an environment variable"));
        }
        node.allowOnly(Set.of("registry-key", "registry-value"));
        return new HomeOverride.RegistryValue(name(node.member("registry-key")), name(node.member("registry-value")));
    }

    private static Map<Os, String> stateDirectories(JsonNode root) throws JsonShapeException {
        Map<Os, String> directories = new EnumMap<>(Os.class);
        Optional<JsonNode> node = root.optional("state-directory");
        if (node.isPresent()) {
            for (Map.Entry<Os, JsonNode> directory : byOs(node.get()).entrySet()) {
                directories.put(directory.getKey(), expandable(directory.getKey(), directory.getValue()));
            }
        }
        return directories;
    }

    private static Map<Os, JsonNode> byOs(JsonNode node) throws JsonShapeException {
        node.allowOnly(Set.of(Os.LINUX.key(), Os.MACOS.key(), Os.WINDOWS.key()));
        Map<Os, JsonNode> nodes = new EnumMap<>(Os.class);
        for (Os os : Os.values()) {
            node.optional(os.key()).ifPresent(found -> nodes.put(os, found));
        }
        return nodes;
    }

    private static Map<String, ServiceSpec> services(JsonNode node) throws JsonShapeException {
        Map<String, ServiceSpec> services = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> service : node.members().entrySet()) {
            JsonNode spec = service.getValue();
            if (!TOKEN.matcher(service.getKey()).matches()) {
                throw JsonShapeException.at(spec.path(), "the name of a service manager", "this name");
            }
            spec.allowOnly(Set.of("name", "definition", "installed"));
            Optional<JsonNode> installed = spec.optional("installed");
            services.put(
                    service.getKey(),
                    new ServiceSpec(
                            matching(
                                    spec.member("name"),
                                    SERVICE_NAME,
                                    "a service name of letters, digits, blanks and _ . : @ \\ -, not beginning with -"),
                            relative(spec.member("definition")),
                            installed.isPresent()
                                    ? Optional.of(installedDefinition(installed.get()))
                                    : Optional.empty()));
        }
        if (services.isEmpty()) {
            throw node.expected("at least one service manager");
        }
        return services;
    }

    private static Set<String> preserved(JsonNode root) throws JsonShapeException {
        Set<String> names = new HashSet<>();
        for (JsonNode element : elements(root, "preserved")) {
            String name = relative(element);
            if (name.indexOf('/') >= 0) {
                throw element.expected("a file name without a directory");
            }
            names.add(name);
        }
        return names;
    }

    private static List<OutsideFile> outside(JsonNode root) throws JsonShapeException {
        List<OutsideFile> files = new ArrayList<>();
        for (JsonNode element : elements(root, "outside")) {
            element.allowOnly(Set.of("staged", "target"));
            JsonNode target = element.member("target");
            String text = target.text();
            if (!text.startsWith("../") || !isPlain(text.substring(3))) {
                throw target.expected("a path beside home, \"../\" followed by a plain relative path");
            }
            files.add(new OutsideFile(relative(element.member("staged")), text));
        }
        return files;
    }

    private static List<String> mutable(JsonNode root, String statusFile) throws JsonShapeException {
        List<String> needed = List.of("log/", "tmp/", statusFile);
        Optional<JsonNode> node = root.optional("mutable");
        if (node.isEmpty()) {
            return needed;
        }
        List<String> paths = new ArrayList<>();
        for (JsonNode element : node.get().elements()) {
            String path = element.text();
            if (!isPlain(path.endsWith("/") ? path.substring(0, path.length() - 1) : path)) {
                throw element.expected("a plain path relative to home, with \"/\" at its end for a directory");
            }
            paths.add(path);
        }
        if (!paths.containsAll(needed)) {
            throw JsonShapeException.at(
                    node.get().path(), String.join(", ", needed) + " among others", String.join(", ", paths));
        }
        return paths;
    }

    private static HealthRule health(JsonNode root) throws JsonShapeException {
        JsonNode node = limits(root, "health", Set.of("window-ms", "poll-ms", "settle-ms"));
        return new HealthRule(
                Duration.ofMillis(millis(node, "window-ms", 1, DEFAULT_WINDOW_MS)),
                Duration.ofMillis(millis(node, "poll-ms", 1, DEFAULT_POLL_MS)),
                Duration.ofMillis(millis(node, "settle-ms", 0, DEFAULT_SETTLE_MS)));
    }

    private static Retention retention(JsonNode root) throws JsonShapeException {
        JsonNode node = limits(root, "retention", Set.of("kept-bytes"));
        Optional<JsonNode> kept = node.optional("kept-bytes");
        if (kept.isEmpty()) {
            return new Retention(DEFAULT_KEPT_BYTES);
        }
        long bytes = kept.get().integer().orElse(-1);
        if (bytes < 0) {
            throw kept.get().expected("bytes >= 0");
        }
        return new Retention(bytes);
    }

    private static JsonNode limits(JsonNode root, String name, Set<String> members) throws JsonShapeException {
        JsonNode node = root.optional(name).orElse(new JsonNode(new Json.Members(Map.of()), name));
        node.allowOnly(members);
        return node;
    }

    private static long millis(JsonNode parent, String name, long least, long missing) throws JsonShapeException {
        Optional<JsonNode> node = parent.optional(name);
        if (node.isEmpty()) {
            return missing;
        }
        long millis = node.get().integer().orElse(-1);
        if (millis < least || millis > MAX_MS) {
            throw node.get().expected("milliseconds " + (least == 0 ? ">= 0" : "> 0") + ", at most " + MAX_MS);
        }
        return millis;
    }

    private static List<JsonNode> elements(JsonNode parent, String name) throws JsonShapeException {
        Optional<JsonNode> node = parent.optional(name);
        return node.isPresent() ? node.get().elements() : List.of();
    }

    private static String relative(JsonNode node) throws JsonShapeException {
        String text = node.text();
        if (!isPlain(text)) {
            throw node.expected("a plain relative path");
        }
        return text;
    }

    private static boolean isPlain(String path) {
        try {
            Place.checkRelative(path);
        } catch (IllegalArgumentException e) {
            return false;
        }
        // On Windows a backslash separates and a colon names a drive or a stream.
        return path.indexOf('\\') < 0
                && path.indexOf(':') < 0
                && Printable.text(path).equals(path);
    }

    private static Path path(Os os, JsonNode node) throws JsonShapeException {
        try {
            return Path.of(absolute(os, node));
        } catch (InvalidPathException e) {
            throw node.expected("an absolute path");
        }
    }

    private static String absolute(Os os, JsonNode node) throws JsonShapeException {
        String text = node.text();
        if (!isAbsolute(os, text)) {
            throw node.expected("an absolute path without . and ..");
        }
        return text;
    }

    private static String expandable(Os os, JsonNode node) throws JsonShapeException {
        String text = node.text();
        return isBelowHome(text) ? text : absolute(os, node);
    }

    private static String installedDefinition(JsonNode node) throws JsonShapeException {
        String text = node.text();
        if (!isBelowHome(text) && !isAbsolute(Os.LINUX, text) && !isAbsolute(Os.WINDOWS, text)) {
            throw node.expected("an absolute path without . and .., or one that begins with [INSTALLDIR]");
        }
        return text;
    }

    private static boolean isBelowHome(String text) {
        return text.startsWith("[INSTALLDIR]")
                && isPlain(text.substring("[INSTALLDIR]".length()).replace('\\', '/'));
    }

    private static boolean isAbsolute(Os os, String text) {
        boolean rooted = switch (os) {
            case LINUX, MACOS -> text.startsWith("/");
            case WINDOWS -> WINDOWS_ABSOLUTE.matcher(text).matches();
        };
        if (!rooted || !Printable.text(text).equals(text)) {
            return false;
        }
        String plain = os == Os.WINDOWS ? text.substring(2).replace('\\', '/') : text;
        try {
            Place.checkRelative(plain.substring(1));
        } catch (IllegalArgumentException e) {
            return false;
        }
        return true;
    }
}
