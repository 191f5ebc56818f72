package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code /proc/PID/stat} says of a process (proc_pid_stat(5)).
 *
 * @param ended whether it has ended, and is only there to be reaped
 * @param suspended whether a signal has stopped it, so that it does nothing until it is told to go on
 * @param startTime when it started, in ticks since the kernel booted (field 22)
 */
record ProcessStat(boolean ended, boolean suspended, String startTime) {
    /** Fields from the state (field 3) on, the first one behind the command's name. */
    private static final int START_TIME = 22 - 3;

    private static final Set<String> ENDED = Set.of("Z", "X", "x");

    /** What is being traced is stopped for moments only, and has another letter. */
    private static final String SUSPENDED = "T";

    /** Returns what a file says; empty when there is no such process, or it may not be seen. */
    static Optional<ProcessStat> read(Path file) {
        String stat;
        try {
            // The command's name may hold any byte.
            stat = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty();
        }
        // The name stands in parentheses and may itself hold spaces and parentheses.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        return fields.length <= START_TIME
                ? Optional.empty()
                : Optional.of(
                        new ProcessStat(ENDED.contains(fields[0]), SUSPENDED.equals(fields[0]), fields[START_TIME]));
    }
}
