package updater.api;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Something that holds of a healthy agent. Data, never code. Whatever the probes are, the service must run as well, and be
 * the one that the updater started.
 */
public sealed interface Probe {
    /** The agent says in the status file that the version is installed. Only one that was told of an update will. */
    record Report() implements Probe {}

    /**
     * The agent answers over HTTP.
     *
     * @param url on a loopback address, with {@code http} or {@code https}; whose certificate it is does not matter there
     * @param status the status code of the answer
     * @param contains what its body contains within its first 64 KiB; empty where the body does not matter
     */
    record Http(URI url, int status, Optional<String> contains) implements Probe {}

    /**
     * A command ends with exit code 0. It runs as the user of the service's main process, with nothing of the updater's
     * privileges.
     *
     * @param argv the command, by absolute path, and its arguments; {@code [INSTALLDIR]} in them is home with a trailing
     *     separator
     * @param bound after this long it is killed and has failed
     */
    record Command(List<String> argv, Duration bound) implements Probe {
        public Command {
            argv = List.copyOf(argv);
        }
    }

    /** The service manager calls the service ready, by the service's own word where its type has one. */
    record Ready() implements Probe {}

    /** The service runs for a time without a restart. */
    record Running(Duration time) implements Probe {}
}
