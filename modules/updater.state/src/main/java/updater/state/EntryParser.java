package updater.state;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * Read one record of a manifest, once.
 *
 * <p>A manifest is read while the agent is down, so this takes the members as they come instead of building a value for
 * each of them.
 */
final class EntryParser {
    /** One bit for each member that every entry has. */
    private static final int ALL = (1 << 11) - 1;

    private int seen;
    private OptionalLong count = OptionalLong.empty();
    private Optional<String> gone = Optional.empty();

    private String path = "";
    private FileType type = FileType.SPECIAL;
    private long size;
    private int mode;
    private long uid;
    private long gid;
    private Instant modified = Instant.EPOCH;
    private Instant changed = Instant.EPOCH;
    private long device;
    private long inode;
    private int links;
    private Optional<String> linkTarget = Optional.empty();
    private Map<String, Bytes> attributes = Map.of();
    private OptionalLong checksum = OptionalLong.empty();
    private Optional<String> note = Optional.empty();

    ManifestCodec.Decoded parse(byte[] payload) throws JsonShapeException {
        try (JsonParser parser = JsonText.parser(payload)) {
            expect(parser.nextToken() == JsonToken.START_OBJECT, "an object");
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                member(name, parser);
            }
            expect(parser.currentToken() == JsonToken.END_OBJECT, "the end of an object");
            expect(parser.nextToken() == null, "the end of the record");
        } catch (JsonProcessingException e) {
            throw new JsonShapeException(Printable.text(e.getOriginalMessage()));
        } catch (IOException | DateTimeException | IllegalArgumentException e) {
            throw new JsonShapeException("expected an entry of a manifest, found what is none: " + e.getMessage());
        }
        return decoded();
    }

    private ManifestCodec.Decoded decoded() throws JsonShapeException {
        if (count.isPresent()) {
            expect(seen == 0 && gone.isEmpty(), "nothing but the number of entries");
            return new ManifestCodec.Decoded(Optional.empty(), Optional.empty(), count);
        }
        if (gone.isPresent()) {
            expect(seen == 0, "nothing but the path that is gone");
            return new ManifestCodec.Decoded(Optional.empty(), gone, OptionalLong.empty());
        }
        expect(seen == ALL, "every member of an entry");
        FileEntry file = new FileEntry(
                path,
                type,
                size,
                mode,
                uid,
                gid,
                modified,
                changed,
                device,
                inode,
                links,
                linkTarget,
                attributes,
                checksum);
        return new ManifestCodec.Decoded(
                Optional.of(new ManifestEntry(file, note)), Optional.empty(), OptionalLong.empty());
    }

    private void member(String name, JsonParser parser) throws IOException, JsonShapeException {
        switch (name) {
            case "p" -> path = required(0, text(parser));
            case "t" -> type = required(1, ManifestCodec.type(text(parser)));
            case "s" -> size = required(2, parser.getLongValue());
            case "m" -> mode = required(3, parser.getIntValue());
            case "u" -> uid = required(4, parser.getLongValue());
            case "g" -> gid = required(5, parser.getLongValue());
            case "w" -> modified = required(6, instant(parser));
            case "c" -> changed = required(7, instant(parser));
            case "d" -> device = required(8, parser.getLongValue());
            case "i" -> inode = required(9, parser.getLongValue());
            case "n" -> links = required(10, parser.getIntValue());
            case "l" -> linkTarget = Optional.of(text(parser));
            case "x" -> attributes = attributes(parser);
            case "k" -> checksum = OptionalLong.of(parser.getLongValue());
            case "b" -> note = Optional.of(text(parser));
            case "gone" -> gone = Optional.of(text(parser));
            case "complete" -> count = OptionalLong.of(parser.getLongValue());
            default -> throw JsonShapeException.at(Printable.text(name), "a known member", "this name");
        }
    }

    private <T> T required(int bit, T value) {
        seen |= 1 << bit;
        return value;
    }

    private static String text(JsonParser parser) throws IOException, JsonShapeException {
        expect(parser.currentToken() == JsonToken.VALUE_STRING, "a text");
        return parser.getText();
    }

    private static Instant instant(JsonParser parser) throws IOException, JsonShapeException {
        expect(parser.currentToken() == JsonToken.START_ARRAY, "seconds and nanoseconds");
        parser.nextToken();
        long seconds = parser.getLongValue();
        parser.nextToken();
        int nanos = parser.getIntValue();
        expect(parser.nextToken() == JsonToken.END_ARRAY, "seconds and nanoseconds");
        return Instant.ofEpochSecond(seconds, nanos);
    }

    private static Map<String, Bytes> attributes(JsonParser parser) throws IOException, JsonShapeException {
        expect(parser.currentToken() == JsonToken.START_OBJECT, "an object");
        Map<String, Bytes> attributes = new HashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            attributes.put(name, Bytes.fromBase64(text(parser)));
        }
        expect(parser.currentToken() == JsonToken.END_OBJECT, "the end of an object");
        return attributes;
    }

    private static void expect(boolean condition, String what) throws JsonShapeException {
        if (!condition) {
            throw new JsonShapeException("expected " + what + " in an entry of a manifest, found something else");
        }
    }
}
