package updater.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.agent.install.Trees;
import updater.json.Json;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/**
 * The status file, {@code home/package_statuses.json}, in which agent and updater tell each other how an update went.
 *
 * <p>Every write is whole: temporary file, force, rename. Members that are not known here survive a rewrite.
 */
final class StatusFile {
    private static final String NAME = "package_statuses.json";
    private static final int MOST_BYTES = 1 << 20;

    private static final String ALL_HASH = "all_packages_hash";
    private static final String ALL_ERROR = "all_error_message";
    private static final String PACKAGES = "package_states";

    private final Path file;
    private Map<String, Json> members = new LinkedHashMap<>();
    private byte[] content = new byte[0];

    StatusFile(Path home) {
        this.file = home.resolve(NAME);
    }

    /**
     * Reads the file.
     *
     * @return empty when there is none, or it makes no sense
     */
    Optional<PackageStatuses> read() throws IOException {
        Optional<byte[]> found = bytes();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try {
            if (!(JsonText.parse(found.get(), JsonText.Strictness.LENIENT) instanceof Json.Members all)) {
                return Optional.empty();
            }
            members = new LinkedHashMap<>(all.values());
            content = found.get();
            return Optional.of(statuses());
        } catch (JsonShapeException e) {
            return Optional.empty();
        }
    }

    /** Returns whether the file is another one than that read or written last. */
    boolean hasChanged() throws IOException {
        Optional<byte[]> found = bytes();
        return found.isPresent() && !Arrays.equals(found.get(), content);
    }

    /** Returns whether what was read last are these statuses, so that they need not be written. */
    boolean says(PackageStatuses statuses) {
        return content.length > 0 && statuses().equals(statuses);
    }

    /** Returns when the file was written last. */
    Instant writtenAt() throws IOException {
        return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    }

    private Optional<byte[]> bytes() throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            return bytes.length > MOST_BYTES ? Optional.empty() : Optional.of(bytes);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private PackageStatuses statuses() {
        Map<String, PackageStatus> packages = new LinkedHashMap<>();
        members(members.get(PACKAGES)).forEach((name, value) -> {
            Map<String, Json> values = members(value);
            packages.put(
                    name,
                    new PackageStatus(
                            name,
                            new PackageVersion(text(values.get("agent_version")), hash(values.get("agent_hash"))),
                            new PackageVersion(text(values.get("server_version")), hash(values.get("server_hash"))),
                            status(values.get("status")),
                            text(values.get("error_message")),
                            Optional.empty()));
        });
        return new PackageStatuses(hash(members.get(ALL_HASH)), text(members.get(ALL_ERROR)), packages);
    }

    /**
     * Writes the statuses. Atomic, and forced when this returns. A download that is under way is written as {@link
     * InstallStatus#INSTALL_PENDING}.
     */
    void write(PackageStatuses statuses) throws IOException {
        Map<String, Json> known = members(members.get(PACKAGES));
        Map<String, Json> packages = new LinkedHashMap<>();
        statuses.packages().forEach((name, status) -> {
            Map<String, Json> values = new LinkedHashMap<>(members(known.get(name)));
            values.put("name", new Json.Text(name));
            values.put("agent_version", new Json.Text(status.agent().version()));
            values.put("agent_hash", json(status.agent().hash()));
            values.put("server_version", new Json.Text(status.offered().version()));
            values.put("server_hash", json(status.offered().hash()));
            InstallStatus written =
                    status.status() == InstallStatus.DOWNLOADING ? InstallStatus.INSTALL_PENDING : status.status();
            values.put("status", Json.number(written.number()));
            values.put("error_message", new Json.Text(status.errorMessage()));
            packages.put(name, new Json.Members(values));
        });
        Map<String, Json> all = new LinkedHashMap<>(members);
        all.put(ALL_HASH, json(statuses.allPackagesHash()));
        all.put(ALL_ERROR, new Json.Text(statuses.errorMessage()));
        all.put(PACKAGES, new Json.Members(packages));
        byte[] bytes = JsonText.compact(new Json.Members(all));
        Trees.replace(file, bytes);
        members = all;
        content = bytes;
    }

    /** As agents in Go write bytes: base64, or null when there are none. */
    private static Json json(Hash hash) {
        return hash.isEmpty() ? new Json.Null() : new Json.Text(hash.base64());
    }

    private static Map<String, Json> members(@Nullable Json value) {
        return value instanceof Json.Members found ? found.values() : Map.of();
    }

    private static String text(@Nullable Json value) {
        return value instanceof Json.Text text ? text.value() : "";
    }

    /** A base64 text, or an array of the bytes' values; what is neither is no hash. */
    private static Hash hash(@Nullable Json value) {
        try {
            if (value instanceof Json.Text text) {
                return Hash.of(Base64.getDecoder().decode(text.value()));
            }
            if (value instanceof Json.Elements elements) {
                byte[] bytes = new byte[elements.values().size()];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) number(elements.values().get(i), 255);
                }
                return Hash.of(bytes);
            }
        } catch (IllegalArgumentException e) {
            return Hash.NONE;
        }
        return Hash.NONE;
    }

    private static InstallStatus status(@Nullable Json value) {
        try {
            return InstallStatus.of(number(value, Integer.MAX_VALUE)).orElse(InstallStatus.INSTALL_FAILED);
        } catch (IllegalArgumentException e) {
            return InstallStatus.INSTALL_FAILED;
        }
    }

    private static long number(@Nullable Json value, long most) {
        long number = value instanceof Json.Num found ? Long.parseLong(found.literal()) : -1;
        if (number < 0 || number > most) {
            throw new IllegalArgumentException("no such number");
        }
        return number;
    }
}
