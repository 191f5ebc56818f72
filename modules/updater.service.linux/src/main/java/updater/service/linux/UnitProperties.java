package updater.service.linux;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code systemctl show} printed about one unit. A property that this version of systemd does not know is not
 * printed at all, and reads as empty here.
 */
record UnitProperties(Map<String, List<String>> values) {
    UnitProperties {
        values = Map.copyOf(values);
    }

    /** Returns one element a unit, in the order asked for: a blank line stands between two units. */
    static List<UnitProperties> parse(String output) {
        List<UnitProperties> units = new ArrayList<>();
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String line : output.split("\n", -1)) {
            if (line.isEmpty() && !values.isEmpty()) {
                units.add(new UnitProperties(values));
                values = new LinkedHashMap<>();
            }
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.computeIfAbsent(line.substring(0, equals), key -> new ArrayList<>())
                        .add(line.substring(equals + 1));
            }
        }
        if (!values.isEmpty()) {
            units.add(new UnitProperties(values));
        }
        return units;
    }

    /** Returns the value, empty when there is none. */
    String text(String property) {
        return all(property).getLast();
    }

    boolean is(String property, String value) {
        return text(property).equals(value);
    }

    /** Returns every value of a property that is printed once per value, such as {@code ExecStop}. */
    List<String> all(String property) {
        return values.getOrDefault(property, List.of(""));
    }

    /** Returns the words of a list. */
    List<String> words(String property) {
        return List.of(text(property).split(" ", -1)).stream()
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Returns the number, 0 when there is none. */
    long number(String property) {
        try {
            return Long.parseLong(text(property));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Returns whether a process of the unit runs, or is about to by the manager's own decision. */
    boolean active() {
        return switch (text("ActiveState")) {
            case "active", "activating", "reloading", "refreshing" -> true;
            default -> false;
        };
    }

    /** Returns whether nothing runs and nothing is queued: no job, and no restart that waits for its time. */
    boolean atRest() {
        return (is("ActiveState", "inactive") || is("ActiveState", "failed")) && number("Job") == 0;
    }

    /** Returns the state in systemd's own words, as {@code systemctl status} prints it. */
    String describeState() {
        String result = text("Result");
        return text("ActiveState")
                + (result.isEmpty() || result.equals("success")
                        ? " (" + text("SubState") + ")"
                        : " (" + text("SubState") + ", Result: " + result + ")" + describeEnd());
    }

    /** In the numbers of wait(2), which is what systemd prints. */
    private String describeEnd() {
        return switch (text("ExecMainCode")) {
            case "1" -> ", exit status " + text("ExecMainStatus");
            case "2", "3" -> ", killed by signal " + text("ExecMainStatus");
            default -> "";
        };
    }
}
