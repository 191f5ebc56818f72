package updater.agent.schedule;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: the wait before the next attempt is drawn evenly from zero up to a bound, which
 * doubles with each attempt that failed.
 *
 * <p>A whole fleet that lost its server at one instant comes back spread over the bound, not in waves.
 *
 * @param base the bound after the first failed attempt
 * @param cap the largest bound
 */
public record Backoff(Duration base, Duration cap) {
    /** @throws IllegalArgumentException when they are not positive, or the cap is below the base */
    public Backoff {
        if (base.isNegative() || base.isZero() || cap.compareTo(base) < 0) {
            throw new IllegalArgumentException("expected 0 < base <= cap, found " + base + " and " + cap);
        }
    }

    /**
     * Returns how long to wait.
     *
     * @param failed attempts that failed in a row, at least 1
     */
    public Duration delay(int failed, RandomGenerator random) {
        return draw(bound(failed), random);
    }

    /** Returns the longest wait after so many failed attempts. */
    public Duration bound(int failed) {
        Duration bound = base;
        for (int i = 1; i < failed && bound.compareTo(cap) < 0; i++) {
            bound = bound.multipliedBy(2);
        }
        return bound.compareTo(cap) < 0 ? bound : cap;
    }

    /** Returns a duration drawn evenly from zero up to and including a bound. */
    public static Duration draw(Duration bound, RandomGenerator random) {
        return bound.isZero() ? bound : Duration.ofNanos(random.nextLong(bound.toNanos() + 1));
    }
}
