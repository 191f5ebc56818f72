package updater.processes;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** See and signal the processes of the host. */
public interface Processes {
    /** Returns the process that has this number now; empty when there is none, or one that ended and was not reaped. */
    Optional<ProcessId> find(long pid);

    /** Returns whether it runs. */
    default boolean lives(ProcessId process) {
        return find(process.pid()).filter(process::equals).isPresent();
    }

    /** Returns whether the process with this number runs, and was started no later than a moment, to the second. */
    boolean startedBy(long pid, Instant moment);

    /** Returns what was started by it, directly or not, and runs. */
    Set<ProcessId> descendants(long pid);

    /** Returns the numbers of what it was started by, directly or not. */
    Set<Long> ancestors(long pid);

    /** Asks it to end ({@code SIGTERM}). Nothing when it has ended. */
    void terminate(ProcessId process);

    /** Ends it ({@code SIGKILL}). Nothing when it has ended. */
    void kill(ProcessId process);
}
