package updater.state;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import updater.api.Place;
import updater.api.Step;

/**
 * Turn the one kind of journal record of which there may be 100,000 into JSON and back: the placing of a file.
 *
 * <p>They are read while the agent is down, so this takes the members as they come instead of building a value for each.
 */
final class PlacedFile {
    private static final byte[] START = "{\"k\":\"place\",".getBytes(StandardCharsets.US_ASCII);

    /** One bit for each member behind the kind. */
    private static final int ALL = (1 << 6) - 1;

    private PlacedFile() {}

    /** Returns whether a record is one of these. */
    static boolean is(byte[] payload) {
        return payload.length > START.length && Arrays.equals(payload, 0, START.length, START, 0, START.length);
    }

    /**
     * Returns the record.
     *
     * @param home places below it leave their anchor out
     * @param state likewise
     */
    static byte[] encode(RecordBuffer out, Step.PlaceFile file, Path home, Path state) throws IOException {
        out.clear().raw("{\"k\":\"place\"");
        place(out.raw(",\"s\":"), file.source(), home, state);
        place(out.raw(",\"t\":"), file.target(), home, state);
        place(out.raw(",\"b\":"), file.backup(), home, state);
        out.raw(",\"replaces\":").raw(Boolean.toString(file.replaces()));
        out.raw(",\"rename\":").raw(Boolean.toString(file.byRename()));
        return out.raw(",\"size\":").number(file.size()).raw("}").toBytes();
    }

    private static void place(RecordBuffer out, Place place, Path home, Path state) throws IOException {
        if (place.anchor().equals(home)) {
            out.raw("[\"h\",");
        } else if (place.anchor().equals(state)) {
            out.raw("[\"s\",");
        } else {
            out.raw("[").text(RecordText.of(place.anchor())).raw(",");
        }
        out.text(place.path()).raw("]");
    }

    /** @param begin home and state directory; empty where no record has told them */
    static Step.PlaceFile decode(byte[] payload, FileSystem fileSystem, Optional<JournalRecord.Begin> begin)
            throws JsonShapeException {
        try (JsonParser parser = JsonText.parser(payload)) {
            return new Members(fileSystem, begin).read(parser);
        } catch (JsonProcessingException e) {
            throw new JsonShapeException(Printable.text(e.getOriginalMessage()));
        } catch (IOException | IllegalArgumentException e) {
            throw new JsonShapeException("expected the placing of a file, found what is none: " + e.getMessage());
        }
    }

    /** What has been read of one record. */
    private static final class Members {
        private final FileSystem fileSystem;
        private final Optional<JournalRecord.Begin> begin;
        private final Place[] places = new Place[3];
        private int seen;
        private boolean replaces;
        private boolean byRename;
        private long size;

        Members(FileSystem fileSystem, Optional<JournalRecord.Begin> begin) {
            this.fileSystem = fileSystem;
            this.begin = begin;
        }

        Step.PlaceFile read(JsonParser parser) throws IOException, JsonShapeException {
            expect(parser.nextToken() == JsonToken.START_OBJECT, "an object");
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                member(name, parser);
            }
            expect(parser.currentToken() == JsonToken.END_OBJECT, "the end of an object");
            expect(parser.nextToken() == null, "the end of the record");
            expect(seen == ALL, "every member once");
            return new Step.PlaceFile(places[0], places[1], places[2], replaces, byRename, size);
        }

        private void member(String name, JsonParser parser) throws IOException, JsonShapeException {
            switch (name) {
                case "k" -> expect(parser.getText().equals("place"), "one kind");
                case "s" -> places[0] = first(0, place(parser));
                case "t" -> places[1] = first(1, place(parser));
                case "b" -> places[2] = first(2, place(parser));
                case "replaces" -> replaces = first(3, parser.getBooleanValue());
                case "rename" -> byRename = first(4, parser.getBooleanValue());
                case "size" -> size = first(5, parser.getLongValue());
                default -> throw JsonShapeException.at(Printable.text(name), "a known member", "this name");
            }
        }

        private <T> T first(int bit, T value) throws JsonShapeException {
            expect((seen & 1 << bit) == 0, "every member once");
            seen |= 1 << bit;
            return value;
        }

        private Place place(JsonParser parser) throws IOException, JsonShapeException {
            expect(parser.currentToken() == JsonToken.START_ARRAY, "an anchor and a path");
            Path anchor = anchor(text(parser));
            String path = text(parser);
            expect(parser.nextToken() == JsonToken.END_ARRAY, "an anchor and a path");
            return new Place(anchor, path);
        }

        private static String text(JsonParser parser) throws IOException, JsonShapeException {
            expect(parser.nextToken() == JsonToken.VALUE_STRING, "a text");
            return parser.getText();
        }

        private Path anchor(String text) throws JsonShapeException {
            return switch (text) {
                case "h" -> begun().home();
                case "s" -> begun().state();
                default -> {
                    try {
                        yield fileSystem.getPath(text);
                    } catch (InvalidPathException e) {
                        throw new JsonShapeException("expected a path, found '" + Printable.text(text) + "'");
                    }
                }
            };
        }

        private JournalRecord.Begin begun() throws JsonShapeException {
            return begin.orElseThrow(
                    () -> new JsonShapeException("expected a record that begins the journal before this one"));
        }
    }

    private static void expect(boolean condition, String what) throws JsonShapeException {
        if (!condition) {
            throw new JsonShapeException("expected " + what + " in the placing of a file, found something else");
        }
    }
}
