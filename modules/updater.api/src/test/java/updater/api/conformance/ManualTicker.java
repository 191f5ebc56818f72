package updater.api.conformance;

import java.time.Duration;
import java.time.Instant;
import updater.api.Ticker;

/** A clock that stands still but for pauses, which take no time and in which the world may go on. */
public final class ManualTicker implements Ticker {
    /** Nanoseconds since the beginning. */
    public long nanos;

    /** Runs within every pause, when its time has passed. */
    public Runnable onPause = () -> {};

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nanos);
    }

    @Override
    public void pause(Duration duration) {
        pass(duration);
        onPause.run();
    }

    /** Lets time pass without a pause. */
    public void pass(Duration duration) {
        nanos += duration.toNanos();
    }
}
