package updater.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Hold a JSON value as it was written: members in their order, numbers as their literal text. */
public sealed interface Json {
    record Members(Map<String, Json> values) implements Json {}

    record Elements(List<Json> values) implements Json {}

    record Text(String value) implements Json {}

    record Num(String literal) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {}

    /** Returns the value in words, shortened: for the "found" half of a message. */
    default String describe() {
        return switch (this) {
            case Members members -> "an object";
            case Elements elements -> "an array";
            case Text(String value) -> "\"" + shorten(Printable.text(value)) + "\"";
            case Num(String literal) -> shorten(literal);
            case Bool(boolean value) -> Boolean.toString(value);
            case Null() -> "null";
        };
    }

    /** Writes the value; the caller has capped its depth when it was parsed. */
    default void write(JsonGenerator out) throws IOException {
        switch (this) {
            case Members(Map<String, Json> values) -> {
                out.writeStartObject();
                for (Map.Entry<String, Json> member : values.entrySet()) {
                    out.writeFieldName(member.getKey());
                    member.getValue().write(out);
                }
                out.writeEndObject();
            }
            case Elements(List<Json> values) -> {
                out.writeStartArray();
                for (Json value : values) {
                    value.write(out);
                }
                out.writeEndArray();
            }
            case Text(String value) -> out.writeString(value);
            case Num(String literal) -> out.writeNumber(literal);
            case Bool(boolean value) -> out.writeBoolean(value);
            case Null() -> out.writeNull();
        }
    }

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
