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

    /**
     * Waits that long.
     *
     * @param when what the caller is about, for the message, such as {@code while the agent was stopping}
     * @throws UpdateFailure.Service when the thread is interrupted, and it stays so
     */
    default void pause(Duration duration, String when) throws UpdateFailure.Service {
        try {
            pause(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UpdateFailure.Service("interrupted " + when, "", e);
        }
    }

    /** Returns the time since an earlier {@link #nanos()}. */
    default Duration since(long startNanos) {
        return Duration.ofNanos(nanos() - startNanos);
    }

    /** Returns whether that much time has passed since an earlier {@link #nanos()}. */
    default boolean passed(Duration duration, long startNanos) {
        return since(startNanos).compareTo(duration) >= 0;
    }
}
