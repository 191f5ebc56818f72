package updater.app;

import java.time.Duration;
import java.time.Instant;
import updater.api.Ticker;

/** Tell the host's time. */
public final class SystemTicker implements Ticker {
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
        java.util.concurrent.TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }
}
