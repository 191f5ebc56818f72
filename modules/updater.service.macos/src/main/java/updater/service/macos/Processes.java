package updater.service.macos;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;

/** Look at processes without launchd. */
interface Processes {
    /**
     * Name one process for ever: its number alone is used again.
     *
     * @param started when it started; empty when that cannot be told
     */
    record Identity(long pid, Optional<Instant> started) {}

    /** Returns a process that lives. */
    Optional<Identity> find(long pid);

    /** Returns whether the process lives, and is no other one with its number. */
    default boolean lives(Identity process) {
        return find(process.pid()).filter(process::equals).isPresent();
    }

    /** Returns whether {@code ancestor} started {@code pid}, itself or through others. */
    boolean descends(long pid, long ancestor);

    /** Returns the processes of a process group that have not ended; none where they cannot be listed. */
    List<Long> group(long leader) throws UpdateFailure.Service;
}
