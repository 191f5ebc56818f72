package updater.agent.schedule;

import java.time.Duration;
import java.time.Instant;

/** A clock and the waiting for it. A test has one that it moves itself. */
public interface Ticker {
    /** Returns nanoseconds since an arbitrary moment, which never go back. */
    long nanos();

    /** Returns the host's clock, which may be set at any time. */
    Instant now();

    /**
     * Waits.
     *
     * @throws InterruptedException when the thread is interrupted
     */
    void pause(Duration duration) throws InterruptedException;

    /** Returns the host's clocks. */
    static Ticker system() {
        return new SystemTicker();
    }
}
