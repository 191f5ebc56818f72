package updater.service.windows;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Read and write JSON (RFC 8259) as far as service definitions have it: objects, arrays, strings, integers, booleans and
 * null, ten levels deep. Strict: no duplicate names, no comments, nothing behind the value, no other numbers.
 */
final class Json {
    private static final int DEEPEST = 10;
    private static final int LONGEST_NUMBER = 18;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Report that a text is not such JSON. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String problem) {
            super(problem);
        }
    }

    /** A JSON value. */
    sealed interface Value {}

    /** An object; its members in their order. */
    record Members(Map<String, Value> values) implements Value {}

    /** An array. */
    record Items(List<Value> values) implements Value {
        Items {
            values = List.copyOf(values);
        }
    }

    /** A string. */
    record Text(String value) implements Value {}

    /** A whole number. */
    record Whole(long value) implements Value {}

    /** {@code true} or {@code false}. */
    record Flag(boolean value) implements Value {}

    /** {@code null}. */
    record Null() implements Value {}

    /** Reads UTF-8, with or without a byte order mark: editors of Windows write one. */
    static Value read(byte[] utf8) throws Malformed {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            return read(text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (CharacterCodingException e) {
            throw new Malformed("it is not UTF-8");
        }
    }

    static Value read(String text) throws Malformed {
        Json json = new Json(text);
        Value value = json.value(0);
        json.skipWhite();
        if (json.at < text.length()) {
            throw json.malformed("expected its end");
        }
        return value;
    }

    private Value value(int depth) throws Malformed {
        if (depth == DEEPEST) {
            throw malformed("more than " + DEEPEST + " levels");
        }
        skipWhite();
        char next = at < text.length() ? text.charAt(at) : '\0';
        return switch (next) {
            case '{' -> members(depth);
            case '[' -> items(depth);
            case '"' -> new Text(string());
            case 't' -> literal("true", new Flag(true));
            case 'f' -> literal("false", new Flag(false));
            case 'n' -> literal("null", new Null());
            default -> number();
        };
    }

    private Members members(int depth) throws Malformed {
        Map<String, Value> values = new LinkedHashMap<>();
        at++;
        if (!taken('}')) {
            do {
                skipWhite();
                String name = string();
                require(':');
                if (values.putIfAbsent(name, value(depth + 1)) != null) {
                    throw malformed("the name '" + name + "' is there twice");
                }
            } while (taken(','));
            require('}');
        }
        return new Members(values);
    }

    private Items items(int depth) throws Malformed {
        List<Value> values = new ArrayList<>();
        at++;
        if (!taken(']')) {
            do {
                values.add(value(depth + 1));
            } while (taken(','));
            require(']');
        }
        return new Items(values);
    }

    private String string() throws Malformed {
        if (at >= text.length() || text.charAt(at) != '"') {
            throw malformed("expected a string");
        }
        StringBuilder string = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return string.toString();
            }
            if (c < ' ') {
                throw malformed("a control character in a string");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        throw malformed("a string that does not end");
    }

    /** Stands at the backslash, and afterwards at the last character of the escape. */
    private char escaped() throws Malformed {
        at++;
        char c = at < text.length() ? text.charAt(at) : '\0';
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw malformed("an unknown escape");
        };
    }

    private char unicode() throws Malformed {
        int end = at + 5;
        String digits = end <= text.length() ? text.substring(at + 1, end) : "";
        if (!digits.matches("[0-9a-fA-F]{4}")) {
            throw malformed("\\u without four digits");
        }
        at = end - 1;
        return (char) Integer.parseInt(digits, 16);
    }

    private Value literal(String word, Value value) throws Malformed {
        if (!text.startsWith(word, at)) {
            throw malformed("expected a value");
        }
        at += word.length();
        return value;
    }

    private Whole number() throws Malformed {
        int start = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(start, at);
        if (!digits.matches("-?(0|[1-9][0-9]*)") || digits.length() > LONGEST_NUMBER) {
            at = start;
            throw malformed("expected a value; a number must be whole");
        }
        return new Whole(Long.parseLong(digits));
    }

    private boolean taken(char c) {
        skipWhite();
        boolean there = at < text.length() && text.charAt(at) == c;
        at += there ? 1 : 0;
        return there;
    }

    private void require(char c) throws Malformed {
        if (!taken(c)) {
            throw malformed("expected '" + c + "'");
        }
    }

    private void skipWhite() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private Malformed malformed(String problem) {
        long line = text.substring(0, Math.min(at, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count()
                + 1;
        return new Malformed("line " + line + ": " + problem);
    }

    /** Writes a value on one line, in ASCII. */
    static String write(Value value) {
        StringBuilder out = new StringBuilder();
        append(out, value);
        return out.toString();
    }

    private static void append(StringBuilder out, Value value) {
        switch (value) {
            case Members(Map<String, Value> values) -> {
                String separator = "{";
                for (Map.Entry<String, Value> member : values.entrySet()) {
                    append(out.append(separator), member.getKey());
                    append(out.append(':'), member.getValue());
                    separator = ",";
                }
                out.append(values.isEmpty() ? "{}" : "}");
            }
            case Items(List<Value> values) -> {
                String separator = "[";
                for (Value item : values) {
                    append(out.append(separator), item);
                    separator = ",";
                }
                out.append(values.isEmpty() ? "[]" : "]");
            }
            case Text(String text) -> append(out, text);
            case Whole(long number) -> out.append(number);
            case Flag(boolean flag) -> out.append(flag);
            case Null() -> out.append("null");
        }
    }

    private static void append(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
