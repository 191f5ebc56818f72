package updater.transaction.prepare;

import java.time.Duration;
import updater.api.Ticker;

/**
 * The time for preparing: as long as the product allows, and so short that an old agent that takes as long to stop as it
 * may is down before it kills its updater.
 *
 * @param start when the preparation began, in {@link Ticker#nanos()}
 * @param allowed how long it may take
 */
record TimeBudget(long start, Duration allowed) {
    /** The old agent kills its updater after 30 s: the stop must be over by then. */
    private static final Duration AGENTS_PATIENCE = Duration.ofSeconds(27);

    private static final Duration LEAST = Duration.ofSeconds(2);

    /** The part in which contents are read to find files that are in place already. */
    private static final int COMPARING = 6;

    /** The part in which linked files are read for their checksum. */
    private static final int CHECKSUMS = 3;

    /**
     * Returns the budget of a preparation.
     *
     * @param uptime how long this process has been running
     * @param stop how long the old agent may take to stop
     * @param product how long the product allows
     */
    static TimeBudget of(long start, Duration uptime, Duration stop, Duration product) {
        Duration left = left(uptime, stop);
        Duration allowed = left.compareTo(product) < 0 ? left : product;
        return new TimeBudget(start, allowed.compareTo(LEAST) < 0 ? LEAST : allowed);
    }

    /** Returns how long the agent's patience lasts before the stop; negative when it is over. */
    static Duration left(Duration uptime, Duration stop) {
        return AGENTS_PATIENCE.minus(uptime).minus(stop);
    }

    /** Returns the budget of a preparation that no agent waits for. */
    static TimeBudget unhurried(long start, Duration product) {
        return new TimeBudget(start, product.compareTo(LEAST) < 0 ? LEAST : product);
    }

    long deadline() {
        return start + allowed.toNanos();
    }

    long checksumDeadline() {
        return start + allowed.dividedBy(CHECKSUMS).toNanos();
    }

    /** Returns until when contents are compared by a planner that begins now. */
    long comparingDeadline(Ticker clock) {
        return clock.nanos() + allowed.dividedBy(COMPARING).toNanos();
    }
}
