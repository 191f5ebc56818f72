package updater.json;

import java.util.List;
import java.util.Map;

/** A JSON value as it was written: members in their order, numbers as their literal text. */
public sealed interface Json {
    record Members(Map<String, Json> values) implements Json {}

    record Elements(List<Json> values) implements Json {}

    record Text(String value) implements Json {}

    record Num(String literal) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {}

    /** Returns a whole number. */
    static Json number(long value) {
        return new Num(Long.toString(value));
    }

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

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
