package updater.api.service;

import java.util.List;
import java.util.regex.Pattern;

/** What a program of the host or of a vendor is, and what it printed, as part of a sentence: on one line, of bounded length. */
public final class Quotation {
    private static final int MOST = 600;

    /** Of the first line, where only the end of the rest is quoted: it names what failed, the end says why. */
    private static final int MOST_OF_FIRST = 150;

    private static final String LEFT_OUT = "…";
    private static final String BETWEEN = "; ";
    private static final Pattern COLOURS = Pattern.compile("\u001B\\[[0-9;?]*[A-Za-z]");
    private static final Pattern BREAKS = Pattern.compile("\\s*\\R\\s*");
    private static final Pattern FULL_STOP = Pattern.compile("\\.(?=;|$)");

    private Quotation() {}

    /** Returns what a command that failed complained of: its errors, or else whatever it printed. */
    public static String ofErrors(Commands.Result result) {
        return of(result.err().isBlank() ? result.out() : result.err());
    }

    /** Returns all that a command printed, its errors at the end. */
    public static String ofAll(Commands.Result result) {
        return of(result.out() + "\n" + result.err());
    }

    /**
     * Returns a text with a semicolon for each line break, without blank lines and without the full stop that will follow
     * it. Of a long one, the first line and the end: whole lines where they fit.
     */
    public static String of(String text) {
        List<String> lines = COLOURS.matcher(text)
                .replaceAll("")
                .lines()
                .map(line -> line.replace('\t', ' ').strip())
                .filter(line -> !line.isEmpty())
                .toList();
        String all = String.join(BETWEEN, lines);
        return FULL_STOP.matcher(all.length() <= MOST ? all : shortened(lines)).replaceAll("");
    }

    /** Returns a command, with a semicolon for each line break of a script that is among its words; of a long one the beginning. */
    public static String ofCommand(List<String> words) {
        String line = BREAKS.matcher(String.join(" ", words).strip()).replaceAll(BETWEEN);
        return line.length() <= MOST ? line : head(line, MOST - LEFT_OUT.length()) + LEFT_OUT;
    }

    private static String shortened(List<String> lines) {
        String first = lines.get(0);
        String begin = (first.length() <= MOST_OF_FIRST ? first + BETWEEN : head(first, MOST_OF_FIRST)) + LEFT_OUT;
        int room = MOST - begin.length();
        String end = "";
        for (int i = lines.size() - 1;
                i > 0 && end.length() + BETWEEN.length() + lines.get(i).length() <= room;
                i--) {
            end = BETWEEN + lines.get(i) + end;
        }
        return begin + (end.isEmpty() ? tail(lines.get(lines.size() - 1), room) : end);
    }

    private static String head(String text, int most) {
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    private static String tail(String text, int most) {
        int start = Math.max(0, text.length() - most);
        return text.substring(start > 0 && Character.isLowSurrogate(text.charAt(start)) ? start + 1 : start);
    }
}
