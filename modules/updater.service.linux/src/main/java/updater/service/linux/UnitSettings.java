package updater.service.linux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The settings of a unit file, and of the drop-ins that systemd merges into it, as they are written (systemd.syntax(7)).
 *
 * @param values what is assigned to each setting, in its order, by section and name, e.g. {@code Service.User}
 */
record UnitSettings(Map<String, List<String>> values) {
    UnitSettings {
        values = Map.copyOf(values);
    }

    /** Reads a unit file, and behind it its drop-ins in the order in which systemd merges them. */
    static UnitSettings of(List<byte[]> files) {
        Map<String, List<String>> settings = new HashMap<>();
        for (byte[] file : files) {
            String section = "";
            for (String line : joined(new String(file, StandardCharsets.ISO_8859_1))) {
                if (line.startsWith("[") && line.endsWith("]")) {
                    section = line.substring(1, line.length() - 1);
                    continue;
                }
                int equals = Math.max(line.indexOf('='), 0);
                String key = section + "." + line.substring(0, equals).strip();
                settings.computeIfAbsent(key, name -> new ArrayList<>())
                        .add(line.substring(equals == 0 ? 0 : equals + 1).strip());
            }
        }
        return new UnitSettings(settings);
    }

    /** Returns the lines that say something; one that ends with a backslash goes on behind the comments that follow. */
    private static List<String> joined(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder begun = new StringBuilder();
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            if (line.endsWith("\\")) {
                begun.append(line, 0, line.length() - 1).append(' ');
                continue;
            }
            lines.add(begun.append(line).toString());
            begun.setLength(0);
        }
        lines.add(begun.toString());
        lines.removeIf(String::isBlank);
        return lines;
    }

    /** Returns the value of a setting that has one, the last that is assigned; empty where it is none, or the default. */
    Optional<String> last(String name) {
        return Optional.of(values.getOrDefault(name, List.of("")).getLast()).filter(value -> !value.isEmpty());
    }

    /** Returns the values of a setting that is a list: an empty one forgets those before it. */
    List<String> list(String name) {
        List<String> all = values.getOrDefault(name, List.of());
        return all.subList(all.lastIndexOf("") + 1, all.size());
    }

    /** Returns the words of a setting that is a list of words. */
    List<String> words(String name) {
        return list(name).stream()
                .flatMap(value -> Stream.of(value.split("\\s+")))
                .toList();
    }

    /** Returns whether a switch is on. */
    boolean isOn(String name) {
        return last(name)
                .filter(value -> value.matches("(?i)yes|true|on|1|y|t"))
                .isPresent();
    }
}
