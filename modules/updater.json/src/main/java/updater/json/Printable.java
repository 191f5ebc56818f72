package updater.json;

/** Text from anywhere in a form that is safe on a terminal and in a log line. */
public final class Printable {
    private Printable() {}

    /**
     * Returns the text on one line: line breaks, other control characters (ESC among them), invisible format characters
     * (which reverse or hide what follows) and lone surrogates become a backslash, {@code u} and four
     * hexadecimal digits. Backslashes stay as they are, for the sake of Windows paths: the result cannot be turned back.
     */
    public static String text(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> append(safe, codePoint));
        return safe.toString();
    }

    private static void append(StringBuilder safe, int codePoint) {
        if (printable(codePoint)) {
            safe.appendCodePoint(codePoint);
        } else {
            for (char unit : Character.toChars(codePoint)) {
                safe.append(String.format("\\u%04X", (int) unit));
            }
        }
    }

    private static boolean printable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }
}
