package updater.service.linux;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variables of a shell script, as far as it can be understood without running it: {@code NAME=value} on a line of its
 * own.
 */
record ScriptVariables(Map<String, String> values) {
    private static final Pattern ASSIGNMENT =
            Pattern.compile("(?m)^\\s*(?:export\\s+|readonly\\s+)?([A-Za-z_][A-Za-z0-9_]*)=[\"']?([^\"'\\s;]+)");

    private static final Pattern VARIABLE =
            Pattern.compile("\\$(?:\\{([A-Za-z_][A-Za-z0-9_]*)}|([A-Za-z_][A-Za-z0-9_]*))");
    private static final int NESTED = 5;

    ScriptVariables {
        values = Map.copyOf(values);
    }

    /** Reads the script of a service, which the init that runs it tells its name. */
    static ScriptVariables of(String script, String service) {
        Map<String, String> values = new HashMap<>(Map.of("RC_SVCNAME", service, "SVCNAME", service));
        Matcher assignment = ASSIGNMENT.matcher(script);
        while (assignment.find()) {
            values.putIfAbsent(assignment.group(1), assignment.group(2));
        }
        return new ScriptVariables(values);
    }

    /** Returns the value of the first of these variables that has one which can be known without running the script. */
    Optional<String> value(List<String> names) {
        return names.stream()
                .map(name -> expand(values.getOrDefault(name, "")))
                .filter(value -> !value.isEmpty())
                .findFirst();
    }

    /** Returns "" for what cannot be known without running the script. */
    String expand(String value) {
        String text = value;
        for (int i = 0; i < NESTED && text.contains("$"); i++) {
            text = VARIABLE.matcher(text).replaceAll(match -> {
                String name = match.group(1) == null ? match.group(2) : match.group(1);
                return Matcher.quoteReplacement(values.getOrDefault(name, match.group()));
            });
        }
        return text.matches("[^$`*?]+") ? text : "";
    }
}
