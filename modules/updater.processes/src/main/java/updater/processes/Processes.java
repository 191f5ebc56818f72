package updater.processes;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import updater.api.service.ServiceRun;

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

    /**
     * Returns whether a signal has stopped the process with this number ({@code SIGSTOP}), so that it does nothing until it is
     * told to go on; false where it cannot be told.
     */
    default boolean suspended(long pid) {
        return false;
    }

    /** Returns whether one process was started before another one; false when it cannot be told. */
    default boolean isOlder(ProcessId one, ProcessId other) {
        return false;
    }

    /** Returns the path of its program when another file has that name by now; empty when none has, or it cannot be told. */
    default Optional<Path> replacedProgram(ProcessId process) {
        return Optional.empty();
    }

    /**
     * Returns the run of a service whose main process this is.
     *
     * @param home the directory whose files may be replaced by an update
     * @param earlier whether it is known to have begun before the start that was last asked for
     */
    default ServiceRun run(ProcessId main, Path home, boolean earlier) {
        return new ServiceRun(
                main + ", " + main.birth(),
                earlier,
                replacedProgram(main)
                        .filter(program -> program.startsWith(home))
                        .map(Path::toString));
    }

    /** Returns what was started by it, directly or not, and runs. */
    Set<ProcessId> descendants(long pid);

    /** Returns the numbers of what it was started by, directly or not. */
    Set<Long> ancestors(long pid);

    /** Asks it to end ({@code SIGTERM}). Nothing when it has ended. */
    void terminate(ProcessId process);

    /** Ends it ({@code SIGKILL}). Nothing when it has ended. */
    void kill(ProcessId process);
}
