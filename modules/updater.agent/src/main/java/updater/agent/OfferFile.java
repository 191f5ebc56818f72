package updater.agent;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import updater.agent.install.Trees;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/**
 * The offer that is being downloaded, in {@code home/tmp/download/offer.json}: an agent that was restarted goes on with it, as
 * a server that was told that it is taken up does not offer it again. Only the agent's user can read it: headers are secrets.
 */
final class OfferFile {
    private static final int MOST_BYTES = 1 << 20;

    private final Path file;

    OfferFile(Path directory) {
        this.file = directory.resolve("offer.json");
    }

    /**
     * An offer that was taken up.
     *
     * @param offered what is to be installed
     * @param begin when the download begins
     * @param tries how often the same package has failed before
     */
    record Taken(OfferedPackage offered, Instant begin, int tries) {}

    /** Keeps an offer. Atomic, and forced when this returns. */
    void write(Taken taken) throws IOException {
        OfferedPackage offered = taken.offered();
        List<Json> headers = new ArrayList<>();
        for (OfferedPackage.Header header : offered.headers()) {
            headers.add(new JsonMembers()
                    .add("name", header.name())
                    .add("value", header.value())
                    .toJson());
        }
        JsonMembers members = new JsonMembers()
                .add("name", offered.name())
                .add("version", offered.version())
                .add("hash", offered.hash().base64())
                .add("file", offered.file().toString())
                .add("content_hash", offered.contentHash().base64())
                .add("signature", offered.signature().base64())
                .add("headers", new Json.Elements(headers))
                .add("begin", taken.begin().toString())
                .add("tries", taken.tries());
        Trees.replace(file, JsonText.compact(members.toJson()));
    }

    /** Returns the offer that is kept; empty when there is none, or it makes no sense. */
    Optional<Taken> read() throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MOST_BYTES) {
            return Optional.empty();
        }
        try {
            JsonNode node = JsonNode.root(JsonText.parse(Files.readAllBytes(file), JsonText.Strictness.STRICT));
            List<OfferedPackage.Header> headers = new ArrayList<>();
            for (JsonNode header : node.member("headers").elements()) {
                headers.add(new OfferedPackage.Header(
                        header.member("name").text(), header.member("value").text()));
            }
            OfferedPackage offered = new OfferedPackage(
                    node.member("name").text(),
                    node.member("version").text(),
                    hash(node.member("hash")),
                    URI.create(node.member("file").text()),
                    hash(node.member("content_hash")),
                    hash(node.member("signature")),
                    headers);
            return Optional.of(new Taken(
                    offered,
                    Instant.parse(node.member("begin").text()),
                    node.member("tries").smallNumber()));
        } catch (JsonShapeException | IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Hash hash(JsonNode node) throws JsonShapeException {
        return Hash.of(Base64.getDecoder().decode(node.text()));
    }

    /** Forgets the offer. Idempotent. */
    void delete() throws IOException {
        Files.deleteIfExists(file);
    }
}
