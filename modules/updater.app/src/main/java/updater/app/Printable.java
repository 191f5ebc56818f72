package updater.app;

import java.util.Locale;

/** Make text from elsewhere (paths, messages of other programs) safe to print on a terminal or to log on one line. */
final class Printable {
    private Printable() {}

    /** Returns {@code text} with everything escaped that would move the cursor, end the line or reorder it. */
    static String of(String text) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (harmless(text, i)) {
                if (out != null) {
                    out.append(c);
                }
                continue;
            }
            if (out == null) {
                out = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return out == null ? text : out.toString();
    }

    /** Returns whether the character at {@code index} prints as itself; half a surrogate pair does not. */
    static boolean harmless(String text, int index) {
        char c = text.charAt(index);
        if (c >= 0x20 && c < 0x7f) {
            return true;
        }
        if (Character.isHighSurrogate(c)) {
            return index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
        }
        boolean control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
        boolean lineEnd = c == '\u2028' || c == '\u2029';
        boolean reorders = (c >= '\u200e' && c <= '\u200f')
                || (c >= '\u202a' && c <= '\u202e')
                || (c >= '\u2066' && c <= '\u2069');
        return !control && !lineEnd && !reorders && c != '\ufeff';
    }
}
