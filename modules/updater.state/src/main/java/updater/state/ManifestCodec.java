package updater.state;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;

/** Turn the records of a manifest into JSON and back, with short names: there may be a million of them. */
final class ManifestCodec {
    private static final Set<String> MEMBERS =
            Set.of("p", "t", "s", "m", "u", "g", "w", "c", "d", "i", "n", "l", "x", "k", "b");

    private ManifestCodec() {}

    /** Holds an entry, or the number of all of them. */
    record Decoded(Optional<ManifestEntry> entry, OptionalLong count) {}

    static byte[] encodeComplete(long count) throws IOException {
        return JsonText.compactRecord(out -> {
            out.writeStartObject();
            out.writeNumberField("complete", count);
            out.writeEndObject();
        });
    }

    static byte[] encode(ManifestEntry entry) throws IOException {
        return JsonText.compactRecord(out -> write(out, entry));
    }

    private static void write(JsonGenerator out, ManifestEntry entry) throws IOException {
        FileEntry file = entry.file();
        out.writeStartObject();
        out.writeStringField("p", file.path());
        out.writeStringField("t", letter(file.type()));
        out.writeNumberField("s", file.size());
        out.writeNumberField("m", file.mode());
        out.writeNumberField("u", file.uid());
        out.writeNumberField("g", file.gid());
        writeInstant(out, "w", file.modified());
        writeInstant(out, "c", file.changed());
        out.writeNumberField("d", file.device());
        out.writeNumberField("i", file.inode());
        out.writeNumberField("n", file.links());
        if (file.linkTarget().isPresent()) {
            out.writeStringField("l", file.linkTarget().get());
        }
        if (!file.attributes().isEmpty()) {
            out.writeObjectFieldStart("x");
            for (Map.Entry<String, Bytes> attribute : new TreeMap<>(file.attributes()).entrySet()) {
                out.writeStringField(attribute.getKey(), attribute.getValue().toBase64());
            }
            out.writeEndObject();
        }
        if (file.checksum().isPresent()) {
            out.writeNumberField("k", file.checksum().getAsLong());
        }
        if (entry.backup().isPresent()) {
            out.writeStringField("b", entry.backup().get());
        }
        out.writeEndObject();
    }

    private static void writeInstant(JsonGenerator out, String name, Instant instant) throws IOException {
        out.writeArrayFieldStart(name);
        out.writeNumber(instant.getEpochSecond());
        out.writeNumber(instant.getNano());
        out.writeEndArray();
    }

    private static String letter(FileType type) {
        return switch (type) {
            case REGULAR -> "f";
            case DIRECTORY -> "d";
            case SYMLINK -> "l";
            case SPECIAL -> "s";
        };
    }

    static Decoded decode(byte[] payload) throws JsonShapeException {
        JsonNode node = JsonNode.root(JsonText.parse(payload, JsonText.Duplicates.REFUSED));
        Optional<JsonNode> complete = node.optional("complete");
        if (complete.isPresent()) {
            node.allowOnly(Set.of("complete"));
            return new Decoded(Optional.empty(), OptionalLong.of(complete.get().number()));
        }
        return new Decoded(Optional.of(entry(node)), OptionalLong.empty());
    }

    private static ManifestEntry entry(JsonNode node) throws JsonShapeException {
        node.allowOnly(MEMBERS);
        Optional<JsonNode> checksum = node.optional("k");
        FileEntry file = new FileEntry(
                node.member("p").text(),
                type(node.member("t")),
                node.member("s").number(),
                node.member("m").smallNumber(),
                node.member("u").number(),
                node.member("g").number(),
                instant(node.member("w")),
                instant(node.member("c")),
                node.member("d").number(),
                node.member("i").number(),
                node.member("n").smallNumber(),
                optionalText(node, "l"),
                attributes(node),
                checksum.isPresent() ? OptionalLong.of(checksum.get().number()) : OptionalLong.empty());
        return new ManifestEntry(file, optionalText(node, "b"));
    }

    private static Optional<String> optionalText(JsonNode parent, String name) throws JsonShapeException {
        Optional<JsonNode> node = parent.optional(name);
        return node.isPresent() ? Optional.of(node.get().text()) : Optional.empty();
    }

    private static FileType type(JsonNode node) throws JsonShapeException {
        return switch (node.text()) {
            case "f" -> FileType.REGULAR;
            case "d" -> FileType.DIRECTORY;
            case "l" -> FileType.SYMLINK;
            case "s" -> FileType.SPECIAL;
            default -> throw node.expected("a type of file");
        };
    }

    private static Instant instant(JsonNode node) throws JsonShapeException {
        List<JsonNode> parts = node.elements();
        if (parts.size() != 2) {
            throw node.expected("seconds and nanoseconds");
        }
        try {
            return Instant.ofEpochSecond(parts.get(0).number(), parts.get(1).smallNumber());
        } catch (DateTimeException e) {
            throw node.expected("seconds and nanoseconds");
        }
    }

    private static Map<String, Bytes> attributes(JsonNode parent) throws JsonShapeException {
        Optional<JsonNode> node = parent.optional("x");
        if (node.isEmpty()) {
            return Map.of();
        }
        Map<String, Bytes> attributes = new HashMap<>();
        for (Map.Entry<String, JsonNode> attribute : node.get().members().entrySet()) {
            try {
                attributes.put(
                        attribute.getKey(),
                        Bytes.fromBase64(attribute.getValue().text()));
            } catch (IllegalArgumentException e) {
                throw attribute.getValue().expected("base64");
            }
        }
        return attributes;
    }
}
