package updater.service.linux;

import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** When a start was first asked for since the last stop, on the clock that systemd gives times in, {@code CLOCK_MONOTONIC}. */
final class StartMoment {
    private static final long NANOS_PER_MICROSECOND = 1000;

    private final LongSupplier monotonic;
    private OptionalLong nanos = OptionalLong.empty();

    /** @param monotonic that clock, in nanoseconds */
    StartMoment(LongSupplier monotonic) {
        this.monotonic = monotonic;
    }

    /** The service is about to be stopped. What runs behind that came of no start that was asked for before. */
    void stopping() {
        nanos = OptionalLong.empty();
    }

    /** A start is about to be asked for. */
    void starting() {
        if (nanos.isEmpty()) {
            nanos = OptionalLong.of(monotonic.getAsLong());
        }
    }

    /**
     * Returns whether a moment was before this one; false where either is not known.
     *
     * @param microseconds as systemd says it, 0 for never
     */
    boolean isAfter(long microseconds) {
        return microseconds != 0 && nanos.isPresent() && microseconds < nanos.getAsLong() / NANOS_PER_MICROSECOND;
    }
}
