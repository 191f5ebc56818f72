package updater.service.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;

/**
 * The other services of the same agent, as the product names them: by name, or by a pattern for the instances of a template.
 *
 * @param unit the first of them, which is never its own companion
 * @param patterns names in which {@code *} stands for any text
 */
record SystemdCompanions(Systemctl systemctl, String unit, List<String> patterns) {
    /** Returns those that systemd has loaded, as it has every unit that runs; asks only where there are patterns. */
    List<String> loaded() throws UpdateFailure.Service {
        if (patterns.isEmpty()) {
            return List.of();
        }
        List<String> arguments = new ArrayList<>(List.of("--all", "--full", "--plain", "--no-legend", "--"));
        patterns.forEach(pattern -> arguments.add(UnitName.ofService(pattern)));
        Result result = systemctl.run(Systemctl.ANSWER, "list-units", arguments);
        if (!result.succeeded()) {
            throw Systemctl.failure("could not list " + String.join(", ", patterns), result, "");
        }
        return result.out()
                .lines()
                .map(line -> line.strip().split("\\s+", 2)[0])
                .filter(this::includes)
                .toList();
    }

    /** Returns whether a unit is one of them. */
    boolean includes(String name) {
        return !name.equals(unit)
                && patterns.stream()
                        .anyMatch(pattern -> Pattern.compile(
                                        "\\Q" + UnitName.ofService(pattern).replace("*", "\\E.*\\Q") + "\\E")
                                .matcher(name)
                                .matches());
    }

    /** Returns the unit itself and its companions. */
    List<String> withUnit() throws UpdateFailure.Service {
        List<String> all = new ArrayList<>(List.of(unit));
        all.addAll(loaded());
        return all;
    }
}
