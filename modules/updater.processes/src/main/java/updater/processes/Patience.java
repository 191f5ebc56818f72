package updater.processes;

import java.time.Duration;
import updater.api.Ticker;
import updater.api.UpdateFailure;

/** Wait for something to become true, looking often. */
public record Patience(Ticker clock) {
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** Say whether what is waited for is there. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws UpdateFailure.Service;
    }

    /**
     * Returns whether it became true in time. It is looked at least once.
     *
     * @throws UpdateFailure.Service when the thread is interrupted, which stays set
     */
    public boolean until(Condition condition, Duration bound) throws UpdateFailure.Service {
        long start = clock.nanos();
        while (!condition.holds()) {
            if (clock.passed(bound, start)) {
                return false;
            }
            clock.pause(PAUSE, "while waiting for a process");
        }
        return true;
    }
}
