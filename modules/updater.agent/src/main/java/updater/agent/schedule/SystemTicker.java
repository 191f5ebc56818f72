package updater.agent.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The host's clocks. */
record SystemTicker() implements Ticker {
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
