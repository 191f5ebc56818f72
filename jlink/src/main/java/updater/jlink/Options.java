package updater.jlink;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The command line of a tool that makes things from the build: options, each with a value, and operands.
 *
 * @param values what follows an option, by the option's name, {@code --} included; of one that is repeated, the last
 * @param operands the words that belong to no option, in order
 */
public record Options(Map<String, String> values, List<String> operands) {
    public Options {
        values = Map.copyOf(values);
        operands = List.copyOf(operands);
    }

    /**
     * Returns what the words say; empty when one is an option of none of these names, or has no value.
     *
     * @param names of all options, {@code --} included
     */
    public static Optional<Options> parse(List<String> words, Set<String> names) {
        Map<String, String> values = new HashMap<>();
        List<String> operands = new ArrayList<>();
        Deque<String> rest = new ArrayDeque<>(words);
        while (!rest.isEmpty()) {
            String word = rest.pop();
            if (!word.startsWith("--")) {
                operands.add(word);
            } else if (names.contains(word) && !rest.isEmpty()) {
                values.put(word, rest.pop());
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new Options(values, operands));
    }

    /** Returns the value of an option; empty when it is not given. */
    public Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }
}
