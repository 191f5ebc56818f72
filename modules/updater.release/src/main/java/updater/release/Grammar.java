package updater.release;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The forms that values have in statements and lists. Each method returns its value, or says what was expected. */
final class Grammar {
    /** The largest counter, size or number: it is exact in every program that holds numbers as doubles. */
    static final long MAX_NUMBER = 999_999_999_999_999L;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}");
    private static final Pattern PLATFORM = Pattern.compile("(?=.{1,64}$)[a-z0-9_]+(-[a-z0-9_]+)*");
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,14}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern TIME = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");

    private Grammar() {}

    static String name(String value) {
        return matching(NAME, value, "letters, digits, '.', '_' and '-', 64 at most");
    }

    static String version(String value) {
        return matching(VERSION, value, "letters, digits, '.', '_', '+', '~' and '-', 64 at most");
    }

    static String platform(String value) {
        return matching(PLATFORM, value, "words of a-z, 0-9 and '_' joined by '-', 64 characters at most");
    }

    static String sha256(String value) {
        return matching(SHA256, value, "64 digits 0-9 a-f");
    }

    static long number(String value, long least, long most) {
        if (!NUMBER.matcher(value).matches()) {
            throw expected(least + " to " + most, value);
        }
        return number(Long.parseLong(value), least, most);
    }

    static long number(long value, long least, long most) {
        if (value < least || value > most) {
            throw expected(least + " to " + most, Long.toString(value));
        }
        return value;
    }

    /** Takes one spelling only: RFC 3339 in UTC, whole seconds, an existing day, no leap second. */
    static Instant time(String value) {
        try {
            if (TIME.matcher(value).matches()) {
                Instant time = Instant.parse(value);
                if (time.toString().equals(value)) {
                    return time;
                }
            }
        } catch (DateTimeException e) {
            // Refused below.
        }
        throw expected("a time such as 2026-11-28T00:00:00Z", value);
    }

    static Instant time(Instant value) {
        return time(value.toString());
    }

    private static String matching(Pattern pattern, String value, String expected) {
        if (!pattern.matcher(value).matches()) {
            throw expected(expected, value);
        }
        return value;
    }

    static IllegalArgumentException expected(String expected, String found) {
        return new IllegalArgumentException("expected " + expected + ", found '" + printable(found) + "'");
    }

    /** Returns a text fit for a message: ASCII without controls, not too long. */
    static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.chars().limit(120).forEach(c -> {
            if (c >= ' ' && c <= '~') {
                printable.append((char) c);
            } else {
                printable.append(String.format("\\u%04x", c));
            }
        });
        return text.length() > 120 ? printable + "..." : printable.toString();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static String sha256(byte[] bytes) {
        return hex(newSha256().digest(bytes));
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
