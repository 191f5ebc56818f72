package updater.api;

import java.time.Duration;
import java.time.Instant;

/**
 * A clock that can also be waited on. Deadlines use {@link #nanos()}, which never jumps; only reports use
 * {@link #now()}.
 */
public interface Ticker {
    /** Returns monotonic nanoseconds from an arbitrary origin. */
    long nanos();

    /** Returns the wall clock, for people. */
    Instant now();

    /** Waits that long. */
    void pause(Duration duration) throws InterruptedException;

    /** Returns the time since an earlier {@link #nanos()}. */
    default Duration since(long startNanos) {
        return Duration.ofNanos(nanos() - startNanos);
    }
}
