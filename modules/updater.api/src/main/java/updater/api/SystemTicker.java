package updater.api;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The host's own time. */
public final class SystemTicker implements Ticker {
    /** Creates one; they are all alike. */
    public SystemTicker() {}

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }
}
