package updater.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
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

/** Turn UTF-8 JSON texts into values and back, within limits that no input can exceed. */
public final class JsonText {
    /** Nothing read here nests deeper than six levels; the rest is room for members unknown to this version. */
    public static final int MAX_DEPTH = 64;

    private static final int MAX_NUMBER_CHARS = 1000;
    private static final int MAX_TEXT_CHARS = 64 << 20;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxStringLength(MAX_TEXT_CHARS)
                    .build())
            // A failed write must not be completed into something that looks whole.
            .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
            .build();

    private JsonText() {}

    /** Says what a member that occurs twice means. */
    public enum Duplicates {
        LAST_WINS,
        REFUSED
    }

    /** Writes one JSON value. */
    public interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    /** Returns the single JSON value in {@code utf8}; a byte order mark before it is skipped. */
    public static Json parse(byte[] utf8, Duplicates duplicates) throws JsonShapeException {
        String text = decode(utf8);
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.configure(
                    StreamReadFeature.STRICT_DUPLICATE_DETECTION.mappedFeature(), duplicates == Duplicates.REFUSED);
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new JsonShapeException("expected a JSON text, found nothing");
            }
            Json value = value(parser, first);
            if (parser.nextToken() != null) {
                throw new JsonShapeException(place(parser.currentTokenLocation()) + "expected the end of the text");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new JsonShapeException(place(e.getLocation()) + Printable.text(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private static String decode(byte[] utf8) throws JsonShapeException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new JsonShapeException("expected UTF-8, found other bytes");
        }
    }

    private static String place(JsonLocation location) {
        return location == null ? "" : "line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
    }

    /** Recursion is bounded: the parser refuses to open the level beyond {@link #MAX_DEPTH}. */
    private static Json value(JsonParser parser, JsonToken token) throws IOException, JsonShapeException {
        return switch (token) {
            case START_OBJECT -> members(parser);
            case START_ARRAY -> elements(parser);
            case VALUE_STRING -> new Json.Text(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(parser.getText());
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NULL -> new Json.Null();
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new JsonShapeException(place(parser.currentTokenLocation()) + "expected a value");
        };
    }

    private static Json members(JsonParser parser) throws IOException, JsonShapeException {
        Map<String, Json> values = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            values.put(name, value(parser, parser.nextToken()));
        }
        return new Json.Members(values);
    }

    private static Json elements(JsonParser parser) throws IOException, JsonShapeException {
        List<Json> values = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            values.add(value(parser, token));
        }
        return new Json.Elements(values);
    }

    /** Returns the value on one line, without blanks. */
    public static byte[] compact(Body body) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            body.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return encode(text.toString());
    }

    /** Returns the value with one member a line, two blanks a level, and a newline at the end. */
    public static byte[] pretty(Body body) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            DefaultIndenter lines = new DefaultIndenter("  ", "\n");
            Separators separators = new Separators()
                    .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                    .withObjectEmptySeparator("")
                    .withArrayEmptySeparator("");
            out.setPrettyPrinter(new DefaultPrettyPrinter(separators)
                    .withObjectIndenter(lines)
                    .withArrayIndenter(lines));
            body.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return encode(text.append('\n').toString());
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
