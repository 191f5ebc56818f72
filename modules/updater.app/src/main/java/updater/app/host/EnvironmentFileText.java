package updater.app.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The {@code NAME=value} lines of files such as {@code /etc/default/<service>}, which package scripts source with a shell
 * and other programs read line by line: quotes and {@code export} are understood, nothing is expanded.
 */
final class EnvironmentFileText {
    private static final int MAX_BYTES = 1 << 20;

    private EnvironmentFileText() {}

    /** Returns the last value of {@code variable} in {@code file}; empty when it is unset, empty or unreadable. */
    static Optional<String> value(Path file, String variable) {
        // Whether to read on is decided by type: opening a FIFO would wait for a writer.
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            return lookUp(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8), variable);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the last value of {@code variable} in {@code text}; empty when it is unset or empty. */
    static Optional<String> lookUp(String text, String variable) {
        return text.lines()
                .map(line -> line.replace("\0", "").strip())
                .map(line -> line.matches("export\\s.*")
                        ? line.substring("export".length()).strip()
                        : line)
                .filter(line -> line.startsWith(variable + "="))
                .map(line -> unquote(line.substring(variable.length() + 1)))
                .reduce((earlier, later) -> later)
                .filter(value -> !value.isBlank());
    }

    private static String unquote(String text) {
        StringBuilder value = new StringBuilder();
        int keep = 0;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && (c == '"' || c == '\'') && text.indexOf(c, i + 1) > 0) {
                quote = c;
                keep = value.length();
            } else if (c == quote) {
                quote = 0;
                keep = value.length();
            } else if (c == '\\' && i + 1 < text.length() && escapes(quote, text.charAt(i + 1))) {
                value.append(text.charAt(++i));
                keep = value.length();
            } else if (quote == 0 && c == '#' && (i == 0 || Character.isWhitespace(text.charAt(i - 1)))) {
                break;
            } else {
                value.append(c);
                // Blanks are kept in quotes, and within a value, but not behind it.
                keep = quote != 0 || !Character.isWhitespace(c) ? value.length() : keep;
            }
        }
        return value.substring(0, keep);
    }

    private static boolean escapes(char quote, char next) {
        return quote == 0 || (quote == '"' && "\"\\$`".indexOf(next) >= 0);
    }
}
