package updater.fs;

import java.time.Duration;
import updater.api.Ticker;

/** A time that may be waited in all, in pauses, however many there are that wait. Safe for use by several threads. */
public final class WaitBudget {
    private final Ticker clock;
    private final Duration pause;
    private long left;

    /**
     * Begins with the whole time.
     *
     * @param clock what is waited on
     * @param whole how long it is waited in all
     */
    public WaitBudget(Ticker clock, Duration whole, Duration pause) {
        this.clock = clock;
        this.pause = pause;
        this.left = whole.dividedBy(pause);
    }

    /** Waits for one pause, and returns whether it did: not once the time is used up, and not when interrupted. */
    public synchronized boolean pause() {
        if (left == 0) {
            return false;
        }
        left--;
        try {
            clock.pause(pause);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
