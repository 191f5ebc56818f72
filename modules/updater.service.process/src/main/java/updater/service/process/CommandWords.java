package updater.service.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The words of a command. */
final class CommandWords {
    private CommandWords() {}

    /**
     * Returns the words of a line, split at white space. Between a pair of {@code "} or {@code '} everything stands for
     * itself, the other quote included; quoted and unquoted parts that touch are one word. Empty when a quote is not
     * closed.
     */
    static Optional<List<String>> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int at = 0; at < line.length(); at++) {
            char c = line.charAt(at);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                inWord = true;
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                inWord = false;
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return quote == 0 ? Optional.of(words) : Optional.empty();
    }
}
