package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Whom a process acts for, by number: user, group, and its other groups. Where a program with set-ID bits gave it a user or
 * a group that it had not, that is left out: whoever started it can do no more in his own name.
 *
 * @param groups the supplementary groups
 */
public record ProcessUser(long user, long group, List<Long> groups) {
    private static final int SET_ID_BITS = 06000;

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
                    own(numbers.getOrDefault("Uid", List.of())),
                    own(numbers.getOrDefault("Gid", List.of())),
                    numbers.getOrDefault("Groups", List.of())));
        } catch (IOException | NumberFormatException | NoSuchElementException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns whether it runs a program with set-ID bits, which may have made it anybody, the real user included; also where
     * that cannot be told.
     */
    public static boolean runsSetIdProgram(long pid) {
        try {
            Object mode = Files.getAttribute(Path.of("/proc", Long.toString(pid), "exe"), "unix:mode");
            return mode instanceof Integer bits && (bits & SET_ID_BITS) != 0;
        } catch (IOException | UnsupportedOperationException e) {
            return true;
        }
    }

    /**
     * Of real, effective, saved and file system number, in the order of proc_pid_status(5), the first that is not root's: the
     * real one is what a process was before it ran a program with set-ID bits; a daemon of root's that acts for somebody has
     * his as one of the others.
     */
    private static long own(List<Long> numbers) {
        return numbers.stream().filter(number -> number != 0).findFirst().orElse(numbers.getFirst());
    }

    private static List<Long> numbers(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .map(Long::valueOf)
                .toList();
    }
}
