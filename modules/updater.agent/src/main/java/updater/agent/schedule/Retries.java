package updater.agent.schedule;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The attempts at one thing, and the waits between them.
 *
 * <p>An attempt that came forward begins the count anew. One that a busy server turned away makes the next wait longer, and
 * is no reason to give up: a fleet that is too large for its server gets its turn late, and gets it.
 */
public final class Retries {
    private final Backoff backoff;
    private final int most;
    private final RandomGenerator random;
    private int waits;
    private int failed;

    /** @param most attempts in a row that fail, after which it is given up */
    public Retries(Backoff backoff, int most, RandomGenerator random) {
        this.backoff = backoff;
        this.most = most;
        this.random = random;
    }

    /** Says that the last attempt came forward, though not to the end. */
    public void progressed() {
        waits = 0;
        failed = 0;
    }

    /**
     * Takes a failed attempt.
     *
     * @param busy whether the server is there, and asks to come back later
     * @param retryAfter how long it asks to wait
     * @return how long to wait; empty to give up
     */
    public Optional<Duration> next(boolean busy, Optional<Duration> retryAfter) {
        waits++;
        if (!busy) {
            failed++;
        }
        if (failed >= most) {
            return Optional.empty();
        }
        Duration jitter = backoff.delay(waits, random);
        // On top of what the server asked for: else a fleet comes back in the same second.
        return Optional.of(retryAfter.map(asked -> asked.plus(jitter)).orElse(jitter));
    }

    /** Returns how many attempts have failed in a row, those that a busy server turned away left out. */
    public int failed() {
        return failed;
    }
}
