package updater.state;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;

/** Turn the records of a manifest into JSON and back, with short names: there may be a million of them. */
final class ManifestCodec {
    private ManifestCodec() {}

    /** Holds an entry, or the path of one that is gone, or the number of all of them. */
    record Decoded(Optional<ManifestEntry> entry, Optional<String> gone, OptionalLong count) {
        /** Returns the path it is about; empty for the number. */
        Optional<String> path() {
            return entry.isPresent() ? entry.map(found -> found.file().path()) : gone;
        }
    }

    static byte[] encodeComplete(long count) {
        return new RecordBuffer().raw("{\"complete\":").number(count).raw("}").toBytes();
    }

    static byte[] encodeGone(RecordBuffer out, String path) throws UnrecordableException {
        return out.clear().raw("{\"gone\":").text(path).raw("}").toBytes();
    }

    static byte[] encode(RecordBuffer out, FileEntry file, Optional<String> note) throws UnrecordableException {
        out.clear().raw("{\"p\":").text(file.path());
        out.raw(",\"t\":").text(letter(file.type()));
        out.raw(",\"s\":").number(file.size());
        out.raw(",\"m\":").number(file.mode());
        out.raw(",\"u\":").number(file.uid());
        out.raw(",\"g\":").number(file.gid());
        instant(out.raw(",\"w\":"), file.modified());
        instant(out.raw(",\"c\":"), file.changed());
        out.raw(",\"d\":").number(file.device());
        out.raw(",\"i\":").number(file.inode());
        out.raw(",\"n\":").number(file.links());
        if (file.linkTarget().isPresent()) {
            out.raw(",\"l\":").text(file.linkTarget().get());
        }
        if (!file.attributes().isEmpty()) {
            attributes(out.raw(",\"x\":"), file.attributes());
        }
        if (file.checksum().isPresent()) {
            out.raw(",\"k\":").number(file.checksum().getAsLong());
        }
        if (note.isPresent()) {
            out.raw(",\"b\":").text(note.get());
        }
        return out.raw("}").toBytes();
    }

    private static void instant(RecordBuffer out, Instant instant) {
        out.raw("[")
                .number(instant.getEpochSecond())
                .raw(",")
                .number(instant.getNano())
                .raw("]");
    }

    private static void attributes(RecordBuffer out, Map<String, Bytes> attributes) throws UnrecordableException {
        String separator = "{";
        for (Map.Entry<String, Bytes> attribute : new TreeMap<>(attributes).entrySet()) {
            out.raw(separator).text(attribute.getKey()).raw(":\"");
            out.raw(attribute.getValue().toBase64()).raw("\"");
            separator = ",";
        }
        out.raw("}");
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
        return new EntryParser().parse(payload);
    }

    static FileType type(String letter) throws JsonShapeException {
        return switch (letter) {
            case "f" -> FileType.REGULAR;
            case "d" -> FileType.DIRECTORY;
            case "l" -> FileType.SYMLINK;
            case "s" -> FileType.SPECIAL;
            default -> throw JsonShapeException.at("t", "a type of file", "\"" + Printable.text(letter) + "\"");
        };
    }
}
