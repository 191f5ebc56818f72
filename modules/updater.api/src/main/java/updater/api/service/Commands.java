package updater.api.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.UpdateFailure;

/**
 * The commands of the host, run by absolute path with a minimal environment that owes nothing to the updater's own: a
 * fixed {@code PATH}, {@code LC_ALL=C}, no standard input.
 */
public interface Commands {
    /** Returns the first candidate that exists and can be executed. */
    Optional<Path> find(List<Path> candidates);

    /**
     * Runs a command to its end.
     *
     * @param argv the command, by absolute path, and its arguments
     * @param bound after this long it is killed and the call fails
     * @return exit code and output, each stream cut at 1 MiB
     * @throws UpdateFailure.Service when it cannot be started, or does not end in time
     */
    Result run(List<String> argv, Duration bound) throws UpdateFailure.Service;

    /**
     * Starts a process that outlives the updater: in a session of its own where the host allows it, standard input
     * closed, output appended to a file.
     *
     * @param argv the command, by absolute path, and its arguments
     * @param directory its working directory
     * @param environment its whole environment
     * @param output where its standard output and error go; discarded when empty
     * @return its process id
     * @throws UpdateFailure.Service when it cannot be started
     */
    long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service;

    /** The outcome of a command that ended. */
    record Result(int exit, String out, String err) {
        public boolean succeeded() {
            return exit == 0;
        }
    }
}
