package updater.api.conformance;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import updater.api.Ticker;

/** Real time, for real processes. */
public final class RealTicker implements Ticker {
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
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        LockSupport.parkNanos(duration.toNanos());
    }
}
