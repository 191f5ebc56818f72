package updater.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The text of {@code --help}, whole, or as much of it as is about one command. */
final class HelpText {
    private static final String USAGE = "usage: updater ";
    private static final String FURTHER = "       updater ";
    private static final String OPTIONS = "options";
    private static final String CODES = "exit codes";

    private HelpText() {}

    /** Returns all of it. */
    static String all() {
        try (InputStream text = Objects.requireNonNull(HelpText.class.getResourceAsStream("help.txt"))) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns how one command is given, its options, and the exit codes. */
    static String of(Command command) {
        List<String> lines = all().lines().toList();
        List<String> about = new ArrayList<>();
        for (String usage : usages(lines, command)) {
            about.add((about.isEmpty() ? USAGE : FURTHER) + usage);
        }
        about.add("");
        about.add(OPTIONS);
        about.addAll(options(section(lines, OPTIONS), command));
        about.add("");
        about.add(CODES);
        about.addAll(section(lines, CODES));
        return String.join("\n", about) + "\n";
    }

    private static List<String> usages(List<String> lines, Command command) {
        return lines.stream()
                .filter(line -> line.startsWith(USAGE) || line.startsWith(FURTHER))
                .map(line -> line.substring(USAGE.length()))
                .filter(usage -> usage.startsWith(command.word() + " ") || usage.equals(command.word()))
                .toList();
    }

    /** Returns the lines below a heading. */
    private static List<String> section(List<String> lines, String heading) {
        int start = lines.indexOf(heading) + 1;
        List<String> rest = lines.subList(start, lines.size());
        int end = rest.indexOf("");
        return end < 0 ? rest : rest.subList(0, end);
    }

    /** What is indented further goes on with the option above it. */
    private static List<String> options(List<String> lines, Command command) {
        List<String> chosen = new ArrayList<>();
        boolean shown = false;
        for (String line : lines) {
            if (line.startsWith("  -")) {
                shown = isOf(line.strip(), command);
            }
            if (shown) {
                chosen.add(line);
            }
        }
        return chosen;
    }

    private static boolean isOf(String line, Command command) {
        return Stream.of(Option.values())
                .filter(option -> line.startsWith(option.text() + " ") || line.equals(option.text()))
                .anyMatch(command::goesWith);
    }
}
