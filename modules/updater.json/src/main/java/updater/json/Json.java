package updater.json;

import java.util.List;
import java.util.Map;

/**
 * A JSON value as it was written: members in their order, numbers as their literal text.
 *
 * <p>Agents on Java 17 read JSON too, so there are no patterns in the switches of this module.
 */
public sealed interface Json {
    record Members(Map<String, Json> values) implements Json {
        @Override
        public String describe() {
            return "an object";
        }
    }

    record Elements(List<Json> values) implements Json {
        @Override
        public String describe() {
            return "an array";
        }
    }

    record Text(String value) implements Json {
        @Override
        public String describe() {
            return "\"" + shorten(Printable.text(value)) + "\"";
        }
    }

    record Num(String literal) implements Json {
        @Override
        public String describe() {
            return shorten(literal);
        }
    }

    record Bool(boolean value) implements Json {
        @Override
        public String describe() {
            return Boolean.toString(value);
        }
    }

    record Null() implements Json {
        @Override
        public String describe() {
            return "null";
        }
    }

    /** Returns a whole number. */
    static Json number(long value) {
        return new Num(Long.toString(value));
    }

    /** Returns the value in words, shortened: for the "found" half of a message. */
    String describe();

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
