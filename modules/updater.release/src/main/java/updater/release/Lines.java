package updater.release;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/**
 * The lines {@code key value} of a text, taken in a fixed order. The text is printable ASCII, and every line ends in one
 * LF, the last one too.
 */
final class Lines {
    private final String what;
    private final List<String> lines;
    private int taken;

    /**
     * @param what what messages call the text
     * @throws ReleaseRefused when a byte is none of printable ASCII and LF, or the last line has no end
     */
    Lines(String what, byte[] text) throws ReleaseRefused {
        this.what = what;
        for (int i = 0; i < text.length; i++) {
            if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~')) {
                throw refuse(String.format(
                        "byte %d is 0x%02x; expected printable ASCII, and LF at the end of each line",
                        i + 1, text[i] & 0xff));
            }
        }
        if (text.length == 0 || text[text.length - 1] != '\n') {
            throw refuse("the last line does not end in LF");
        }
        String[] all = new String(text, StandardCharsets.US_ASCII).split("\n", -1);
        // What is behind the last LF is empty.
        this.lines = List.of(all).subList(0, all.length - 1);
    }

    /** Takes the first line, which names format and version. */
    void header(String expected) throws ReleaseRefused {
        String found = taken < lines.size() ? lines.get(taken) : "";
        if (!found.equals(expected)) {
            throw refuse("line 1: expected '" + expected + "', found '" + Grammar.printable(found)
                    + "'; it may be of a newer format");
        }
        taken++;
    }

    /** Returns whether the next line has this key. */
    boolean nextIs(String key) {
        return taken < lines.size() && lines.get(taken).startsWith(key + " ");
    }

    /**
     * Takes the next line.
     *
     * @param form turns the value, or throws an {@link IllegalArgumentException} that says what was expected
     */
    <T> T take(String key, Function<String, T> form) throws ReleaseRefused {
        if (!nextIs(key)) {
            String found = taken < lines.size() ? "'" + Grammar.printable(lines.get(taken)) + "'" : "the end";
            throw refuse("line " + (taken + 1) + ": expected '" + key + " ' and a value, found " + found);
        }
        String value = lines.get(taken++).substring(key.length() + 1);
        try {
            return form.apply(value);
        } catch (IllegalArgumentException e) {
            throw refuse("line " + taken + ", " + key + ": " + e.getMessage());
        }
    }

    /** Sees that no line is left. */
    void end() throws ReleaseRefused {
        if (taken < lines.size()) {
            throw refuse(
                    "line " + (taken + 1) + ": expected the end, found '" + Grammar.printable(lines.get(taken)) + "'");
        }
    }

    ReleaseRefused refuse(String problem) {
        return new ReleaseRefused(ReleaseRefused.Check.FORMAT, what + ": " + problem);
    }
}
