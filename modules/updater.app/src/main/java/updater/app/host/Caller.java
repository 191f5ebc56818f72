package updater.app.host;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The process that waits for this one, where it is another: a launcher in the agent's sandbox, which had this process
 * started outside of it. It is the one that the agent knows, and may kill to end the update.
 */
record Caller(long pid, String birth, Processes processes) {
    /**
     * Returns the caller that the launcher named.
     *
     * @param text its number, a colon, and when it was started, as the kernel counts; null when there is none
     */
    static Optional<Caller> parse(@Nullable String text, Processes processes) {
        if (text == null) {
            return Optional.empty();
        }
        int colon = text.indexOf(':');
        try {
            return Optional.of(new Caller(
                    Long.parseLong(text.substring(0, Math.max(colon, 0))), text.substring(colon + 1), processes));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a process and its birth: '" + text + "'", e);
        }
    }

    /** Returns whether it is still there. The number alone would not tell: another process may have it by now. */
    boolean waits() {
        return processes.find(pid).map(ProcessId::birth).filter(this::isBirth).isPresent();
    }

    /** A birth of {@link Processes} begins with the boot. */
    private boolean isBirth(String found) {
        return !birth.isEmpty() && found.endsWith("/" + birth);
    }

    /** Returns when it was started; empty when it is gone. */
    Optional<Instant> start() {
        return waits() ? ProcessHandle.of(pid).flatMap(handle -> handle.info().startInstant()) : Optional.empty();
    }
}
