package updater.state.document;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/**
 * The content of the status file, in which agent and updater tell each other how an update went.
 *
 * <p>Immutable. Members unknown here, their order, hashes in whatever form and numbers of any length survive a rewrite;
 * of members that occur twice only the last survives, so that every reader understands the same.
 */
public final class StatusDocument {
    /** Status of a package whose version runs. */
    public static final int INSTALLED = 0;

    /** Status of a package that is being installed. */
    public static final int INSTALLING = 2;

    /** Status of a package that could not be installed. */
    public static final int INSTALL_FAILED = 3;

    private static final String PACKAGES = "package_states";
    private static final String STATUS = "status";
    private static final String SERVER_VERSION = "server_version";
    private static final String ERROR_MESSAGE = "error_message";

    private final Map<String, Json> members;

    private StatusDocument(Map<String, Json> members) {
        this.members = members;
    }

    /**
     * What the document says about one package. Texts are as they were written, not safe to be printed.
     *
     * @param status 0 Installed, 1 InstallPending, 2 Installing, 3 InstallFailed, others in newer agents; empty when it
     *     is missing or not a whole number of 32 bits
     * @param errorMessage empty when missing
     * @param agentVersion the version that runs, empty when missing
     * @param serverVersion the version that was offered, empty when missing
     */
    public record PackageStatus(OptionalInt status, String errorMessage, String agentVersion, String serverVersion) {}

    /**
     * Reads a document. The caller limits its length; its depth and the length of its numbers are limited here.
     *
     * @throws StatusFormatException when it is not one JSON object in UTF-8
     */
    public static StatusDocument parse(byte[] content) throws StatusFormatException {
        try {
            if (JsonText.parse(content, JsonText.Strictness.LENIENT) instanceof Json.Members(Map<String, Json> all)) {
                return new StatusDocument(all);
            }
        } catch (JsonShapeException e) {
            throw new StatusFormatException(e.getMessage());
        }
        throw new StatusFormatException("expected an object");
    }

    /** Returns what the document says about a package; empty when it says nothing. */
    public Optional<PackageStatus> status(String packageName) {
        return members(members.get(PACKAGES))
                .flatMap(packages -> members(packages.get(packageName)))
                .map(found -> new PackageStatus(
                        number(found.get(STATUS)),
                        text(found.get(ERROR_MESSAGE)),
                        text(found.get("agent_version")),
                        text(found.get(SERVER_VERSION))));
    }

    /** Returns the document with status 3 and that message for the package, which is added when it is missing. */
    public byte[] withFailure(String packageName, String message) {
        return with(packageName, INSTALL_FAILED, message, Map.of());
    }

    /** Returns the document with status 0 and no message for the package, which is added when it is missing. */
    public byte[] withSuccess(String packageName) {
        return with(packageName, INSTALLED, "", Map.of());
    }

    /** Returns the document with status 2 and that version for the package, which is added when it is missing. */
    public byte[] withOffer(String packageName, String version) {
        return with(packageName, INSTALLING, "", Map.of(SERVER_VERSION, new Json.Text(version)));
    }

    private byte[] with(String packageName, int status, String message, Map<String, Json> others) {
        Map<String, Json> packages =
                new LinkedHashMap<>(members(members.get(PACKAGES)).orElse(Map.of()));
        Map<String, Json> changed =
                new LinkedHashMap<>(members(packages.get(packageName)).orElseGet(() -> newPackage(packageName)));
        changed.put(STATUS, new Json.Num(Integer.toString(status)));
        changed.put(ERROR_MESSAGE, new Json.Text(message));
        changed.putAll(others);
        packages.put(packageName, new Json.Members(changed));
        Map<String, Json> all = new LinkedHashMap<>(members);
        all.put(PACKAGES, new Json.Members(packages));
        return JsonText.compact(new Json.Members(all));
    }

    /** Returns a new document whose only package has failed, with that message. */
    public static byte[] newWithFailure(String packageName, String message) {
        return empty().withFailure(packageName, message);
    }

    /** Returns a new document whose only package is being installed. */
    public static byte[] newWithOffer(String packageName, String version) {
        return empty().withOffer(packageName, version);
    }

    private static StatusDocument empty() {
        Map<String, Json> empty = new LinkedHashMap<>();
        empty.put("all_packages_hash", new Json.Null());
        empty.put("all_error_message", new Json.Text(""));
        return new StatusDocument(empty);
    }

    /** All members of a package are always written by agents, a missing hash as null. */
    private static Map<String, Json> newPackage(String packageName) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("name", new Json.Text(packageName));
        members.put("agent_version", new Json.Text(""));
        members.put("agent_hash", new Json.Null());
        members.put(SERVER_VERSION, new Json.Text(""));
        members.put("server_hash", new Json.Null());
        return members;
    }

    private static Optional<Map<String, Json>> members(@Nullable Json value) {
        return value instanceof Json.Members(Map<String, Json> values) ? Optional.of(values) : Optional.empty();
    }

    private static String text(@Nullable Json value) {
        return value instanceof Json.Text(String text) ? text : "";
    }

    private static OptionalInt number(@Nullable Json value) {
        OptionalLong number =
                value == null ? OptionalLong.empty() : JsonNode.root(value).integer();
        return number.isPresent() && number.getAsLong() == (int) number.getAsLong()
                ? OptionalInt.of((int) number.getAsLong())
                : OptionalInt.empty();
    }
}
