package updater.service.linux;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The text of values in unit files, written so that systemd reads back exactly what was meant (systemd.syntax(7),
 * systemd.service(5)).
 */
final class UnitFileText {
    private UnitFileText() {}

    /** Returns a word in quotes, safe from splitting, unescaping and specifiers. */
    static String word(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%") + '"';
    }

    /** Returns a command line whose arguments are safe from the substitution of variables as well. */
    static String commandLine(List<String> argv) {
        return argv.stream().map(UnitFileText::literal).map(UnitFileText::word).collect(Collectors.joining(" "));
    }

    /** Returns an argument that systemd, which substitutes {@code $VARIABLE} in every command it runs, leaves alone. */
    static String literal(String argument) {
        return argument.replace("$", "$$");
    }

    /** Returns whether a text fits on one line of a unit file. */
    static boolean representable(String value) {
        return value.chars().noneMatch(character -> character < ' ' || character == 0x7f);
    }
}
