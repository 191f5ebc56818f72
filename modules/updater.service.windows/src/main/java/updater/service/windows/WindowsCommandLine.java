package updater.service.windows;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line, split into arguments and joined from them by the rules of {@code CommandLineToArgvW}, which is how a
 * Windows program comes by its arguments.
 *
 * <p>The first argument, the program, has rules of its own: in quotes it reaches to the next quote, else to the next
 * white space, and a backslash means nothing special in it. In all others a backslash escapes nothing but a quote:
 *
 * <ul>
 *   <li>2n backslashes and a quote are n backslashes, and the quote begins or ends a quoted part;
 *   <li>2n+1 backslashes and a quote are n backslashes and a literal quote;
 *   <li>backslashes not followed by a quote are themselves;
 *   <li>of consecutive quotes every third is a literal one. Other parsers read these differently, so none is ever joined.
 * </ul>
 *
 * @see <a href="https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw">CommandLineToArgvW</a>
 */
final class WindowsCommandLine {
    private static final char QUOTE = '"';
    private static final char BACKSLASH = '\\';

    private final String text;
    private int at;

    private WindowsCommandLine(String text) {
        this.text = text;
    }

    /**
     * Splits a whole command line. A line that begins with white space has an empty first argument, as on Windows, where
     * an empty one would stand for the program that asks.
     */
    static List<String> split(String line) {
        if (line.isEmpty()) {
            return List.of();
        }
        WindowsCommandLine rest = new WindowsCommandLine(line);
        List<String> arguments = new ArrayList<>();
        arguments.add(rest.program());
        rest.addArguments(arguments);
        return List.copyOf(arguments);
    }

    /** Splits what follows a program on its command line. */
    static List<String> splitArguments(String line) {
        List<String> arguments = new ArrayList<>();
        new WindowsCommandLine(line).addArguments(arguments);
        return List.copyOf(arguments);
    }

    /**
     * Joins a program and its arguments; {@link #split} gives them back. The program is always quoted: of an unquoted one
     * with a space in its path, Windows also tries to run what comes before the space.
     *
     * @throws IllegalArgumentException when there is no program, the program has a quote in it, or anything a NUL
     */
    static String join(List<String> command) {
        String program = command.getFirst();
        if (program.indexOf(QUOTE) >= 0) {
            throw new IllegalArgumentException("a program's path cannot have a quote in it: " + program);
        }
        StringBuilder line = new StringBuilder().append(QUOTE).append(program).append(QUOTE);
        for (String argument : command.subList(1, command.size())) {
            line.append(' ');
            append(line, argument);
        }
        if (line.indexOf("\0") >= 0) {
            throw new IllegalArgumentException("a command line cannot have a NUL in it");
        }
        return line.toString();
    }

    private static void append(StringBuilder line, String argument) {
        if (!argument.isEmpty() && argument.chars().noneMatch(c -> white((char) c) || c == QUOTE)) {
            line.append(argument);
            return;
        }
        line.append(QUOTE);
        int backslashes = 0;
        for (int i = 0; i < argument.length(); i++) {
            char c = argument.charAt(i);
            if (c == QUOTE) {
                line.repeat(BACKSLASH, backslashes + 1);
            }
            backslashes = c == BACKSLASH ? backslashes + 1 : 0;
            line.append(c);
        }
        line.repeat(BACKSLASH, backslashes).append(QUOTE);
    }

    private String program() {
        if (text.charAt(0) == QUOTE) {
            int end = text.indexOf(QUOTE, 1);
            at = end < 0 ? text.length() : end + 1;
            return text.substring(1, end < 0 ? text.length() : end);
        }
        while (at < text.length() && !endsProgram(text.charAt(at))) {
            at++;
        }
        return text.substring(0, at);
    }

    private void addArguments(List<String> arguments) {
        skipWhite();
        while (at < text.length()) {
            arguments.add(argument());
            skipWhite();
        }
    }

    private void skipWhite() {
        while (at < text.length() && white(text.charAt(at))) {
            at++;
        }
    }

    private String argument() {
        StringBuilder argument = new StringBuilder();
        boolean quoted = false;
        while (at < text.length() && (quoted || !white(text.charAt(at)))) {
            int backslashes = count(BACKSLASH);
            if (at == text.length() || text.charAt(at) != QUOTE) {
                argument.repeat(BACKSLASH, backslashes);
                if (at < text.length() && backslashes == 0) {
                    argument.append(text.charAt(at++));
                }
                continue;
            }
            argument.repeat(BACKSLASH, backslashes / 2);
            int quotes = count(QUOTE);
            if (backslashes % 2 == 1) {
                argument.append(QUOTE);
                quotes--;
            }
            // The quote that opened this part counts: it, one and one more make a literal quote.
            int counted = quotes + (quoted && quotes > 0 ? 1 : 0);
            if (quotes > 0) {
                argument.repeat(QUOTE, counted / 3);
                quoted = counted % 3 == 1;
            }
        }
        return argument.toString();
    }

    private int count(char c) {
        int start = at;
        while (at < text.length() && text.charAt(at) == c) {
            at++;
        }
        return at - start;
    }

    /** Every control character ends the program's name. */
    private static boolean endsProgram(char c) {
        return c <= ' ';
    }

    private static boolean white(char c) {
        return c == ' ' || c == '\t';
    }
}
