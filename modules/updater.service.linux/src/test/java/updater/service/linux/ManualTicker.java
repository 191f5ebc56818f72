package updater.service.linux;

import java.time.Duration;
import java.time.Instant;
import updater.api.Ticker;

/** Stands still but for pauses, which take no time. */
final class ManualTicker implements Ticker {
    long nanos;
    Runnable onPause = () -> {};

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
        nanos += duration.toNanos();
        onPause.run();
    }
}
