package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whom a process acts for, by number: effective user, effective group, and its other groups.
 *
 * @param groups the supplementary groups
 */
public record ProcessUser(long user, long group, List<Long> groups) {
    /** Of real, effective, saved and file system user, in the order of proc_pid_status(5). */
    private static final int EFFECTIVE = 1;

    public ProcessUser {
        groups = List.copyOf(groups);
    }

    /** Returns whom a process of this Linux host acts for; empty when there is no such process, or no {@code /proc}. */
    public static Optional<ProcessUser> of(long pid) {
        return in(Path.of("/proc"), pid);
    }

    static Optional<ProcessUser> in(Path proc, long pid) {
        try {
            Map<String, List<Long>> numbers = new HashMap<>();
            // The name, on a line of its own, may hold any byte.
            for (String line : Files.readAllLines(
                    proc.resolve(Long.toString(pid)).resolve("status"), StandardCharsets.ISO_8859_1)) {
                String name = line.substring(0, Math.max(0, line.indexOf(':')));
                if (name.equals("Uid") || name.equals("Gid") || name.equals("Groups")) {
                    numbers.put(name, numbers(line.substring(name.length() + 1)));
                }
            }
            return Optional.of(new ProcessUser(
                    numbers.getOrDefault("Uid", List.of()).get(EFFECTIVE),
                    numbers.getOrDefault("Gid", List.of()).get(EFFECTIVE),
                    numbers.getOrDefault("Groups", List.of())));
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    private static List<Long> numbers(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .map(Long::valueOf)
                .toList();
    }
}
