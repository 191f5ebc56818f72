package updater.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A JSON text that is being read, within limits that no input can exceed; and the texts of values. */
public final class JsonText {
    private static final int MAX_NUMBER_CHARS = 1000;
    private static final int MAX_NARROW_CHARS = 18;
    private static final int MAX_TEXT_CHARS = 64 << 20;

    /** Each takes a hundred bytes of memory, though it may be three in the text. */
    private static final int MAX_VALUES = 100_000;

    private static final Map<Strictness, JsonFactory> FACTORIES =
            Stream.of(Strictness.values()).collect(Collectors.toMap(Function.identity(), JsonText::factory));

    private static final int LAST_ASCII = '~';

    /** How the parser names a place, beside the text itself. */
    private static final Pattern PLACE = Pattern.compile("\\[Source: [^;]*; line: ([0-9]+), column: ([0-9]+)]");

    /** How the parser names the setting that is a limit. */
    private static final Pattern LIMIT = Pattern.compile(", from `[^`]*`");

    private final JsonParser parser;
    private final Strictness strictness;
    private int values;

    private JsonText(JsonParser parser, Strictness strictness) {
        this.parser = parser;
        this.strictness = strictness;
    }

    /**
     * What is refused besides texts that are not JSON in UTF-8, or have numbers of more than 1,000 characters, or more than
     * 100,000 values.
     */
    public enum Strictness {
        /** More than 64 levels. Of members that occur twice the last one wins. */
        LENIENT(64, true),

        /** More than 64 levels, and members that occur twice. */
        STRICT(64, false),

        /** More than nine levels, members that occur twice, and numbers that are not whole or longer than 18 characters. */
        NARROW(9, false);

        private final int depth;
        private final boolean duplicates;

        Strictness(int depth, boolean duplicates) {
            this.depth = depth;
            this.duplicates = duplicates;
        }
    }

    private static JsonFactory factory(Strictness strictness) {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(strictness.depth)
                        .maxNumberLength(MAX_NUMBER_CHARS)
                        .maxStringLength(MAX_TEXT_CHARS)
                        .build())
                // A failed write must not be completed into something that looks whole.
                .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
                .configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION, !strictness.duplicates)
                .build();
    }

    /** Returns the single JSON value in {@code utf8}; a byte order mark before it is skipped. */
    public static Json parse(byte[] utf8, Strictness strictness) throws JsonShapeException {
        String text = decode(utf8);
        return parse(text.startsWith("\uFEFF") ? text.substring(1) : text, strictness);
    }

    /** Returns the single JSON value in {@code text}. */
    public static Json parse(String text, Strictness strictness) throws JsonShapeException {
        try (JsonParser parser =
                Objects.requireNonNull(FACTORIES.get(strictness)).createParser(text)) {
            return new JsonText(parser, strictness).whole();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private Json whole() throws IOException, JsonShapeException {
        try {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new JsonShapeException(place(parser.currentLocation()) + "expected a JSON text, found nothing");
            }
            Json value = value(first);
            if (parser.nextToken() != null) {
                throw new JsonShapeException(place(parser.currentTokenLocation()) + "expected the end of the text");
            }
            return value;
        } catch (JsonProcessingException e) {
            // A text that exceeds a limit is refused without a place.
            JsonLocation location = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
            throw new JsonShapeException(place(location) + member() + words(e.getOriginalMessage()));
        }
    }

    private static String decode(byte[] utf8) throws JsonShapeException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JsonShapeException("expected UTF-8, found other bytes");
        }
    }

    /** Returns where the text is that could not be read, as {@link JsonNode} names members; empty where it is in none. */
    private String member() {
        StringBuilder path = new StringBuilder();
        for (JsonStreamContext at = parser.getParsingContext(); at != null && !at.inRoot(); at = at.getParent()) {
            String behind = path.isEmpty() || path.charAt(0) == '[' ? "" : ".";
            if (at.inArray()) {
                path.insert(0, "[" + Math.max(0, at.getCurrentIndex()) + "]" + behind);
            } else if (at.getCurrentName() != null) {
                path.insert(0, Printable.text(at.getCurrentName()) + behind);
            }
        }
        return path.isEmpty() ? "" : "in or behind " + path + ": ";
    }

    /** Leaves out of the parser's words what only those who program with it understand. */
    private static String words(String message) {
        return Printable.text(LIMIT.matcher(PLACE.matcher(message).replaceAll("line $1, column $2"))
                .replaceAll(""));
    }

    private static String place(JsonLocation location) {
        return location == null ? "" : "line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
    }

    /** Recursion is bounded: the parser refuses to open a level too many. */
    private Json value(JsonToken token) throws IOException, JsonShapeException {
        values++;
        if (values > MAX_VALUES) {
            throw new JsonShapeException(
                    place(parser.currentTokenLocation()) + "expected at most " + MAX_VALUES + " values");
        }
        return switch (token) {
            case START_OBJECT -> members();
            case START_ARRAY -> elements();
            case VALUE_STRING -> new Json.Text(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token);
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NULL -> new Json.Null();
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new JsonShapeException(place(parser.currentTokenLocation()) + "expected a value");
        };
    }

    private Json number(JsonToken token) throws IOException, JsonShapeException {
        String literal = parser.getText();
        boolean narrow = token == JsonToken.VALUE_NUMBER_INT && literal.length() <= MAX_NARROW_CHARS;
        if (strictness == Strictness.NARROW && !narrow) {
            throw new JsonShapeException(place(parser.currentTokenLocation()) + "expected a whole number of at most "
                    + MAX_NARROW_CHARS + " characters");
        }
        return new Json.Num(literal);
    }

    private Json members() throws IOException, JsonShapeException {
        Map<String, Json> values = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            values.put(name, value(parser.nextToken()));
        }
        return new Json.Members(values);
    }

    private Json elements() throws IOException, JsonShapeException {
        List<Json> values = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            values.add(value(token));
        }
        return new Json.Elements(values);
    }

    /** Returns the value on one line, without blanks. */
    public static byte[] compact(Json value) {
        return encode(written(value, out -> {}));
    }

    /** Returns the value on one line, without blanks, in characters that ASCII can print. */
    public static String ascii(Json value) {
        return written(value, out -> out.setHighestNonEscapedChar(LAST_ASCII));
    }

    private static String written(Json value, Consumer<JsonGenerator> settings) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out =
                Objects.requireNonNull(FACTORIES.get(Strictness.LENIENT)).createGenerator(text)) {
            settings.accept(out);
            write(value, out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return text.toString();
    }

    private static void write(Json value, JsonGenerator out) throws IOException {
        if (value instanceof Json.Members members) {
            out.writeStartObject();
            for (Map.Entry<String, Json> member : members.values().entrySet()) {
                out.writeFieldName(member.getKey());
                write(member.getValue(), out);
            }
            out.writeEndObject();
        } else if (value instanceof Json.Elements elements) {
            out.writeStartArray();
            for (Json element : elements.values()) {
                write(element, out);
            }
            out.writeEndArray();
        } else if (value instanceof Json.Text text) {
            out.writeString(text.value());
        } else if (value instanceof Json.Num number) {
            out.writeNumber(number.literal());
        } else if (value instanceof Json.Bool bool) {
            out.writeBoolean(bool.value());
        } else {
            out.writeNull();
        }
    }

    /** Returns the value with one member a line, two blanks a level, and a newline at the end. */
    public static byte[] pretty(Json value) {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        Separators separators = new Separators()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator("");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter(separators).withObjectIndenter(lines).withArrayIndenter(lines);
        return encode(written(value, out -> out.setPrettyPrinter(printer)) + "\n");
    }

    /**
     * A lone surrogate has no UTF-8 form, but {@code \ud800} is legal in JSON and must survive a rewrite. It can only
     * stand inside a string literal, so writing its escape in place is correct.
     */
    private static byte[] encode(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                escaped.append(c).append(text.charAt(++i));
            } else if (Character.isSurrogate(c)) {
                escaped.append("\\u").append(Integer.toHexString(c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString().getBytes(StandardCharsets.UTF_8);
    }
}
