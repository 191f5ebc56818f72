package updater.service.macos.fake;

import java.time.Duration;
import java.time.Instant;
import updater.api.Ticker;

/**
 * A clock that runs faster for launchd than time does, so that no test waits for its intervals of ten seconds and more.
 */
public final class FastClock implements Ticker {
    private final int factor;

    public FastClock(int factor) {
        this.factor = factor;
    }

    @Override
    public long nanos() {
        return System.nanoTime() * factor;
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
        Thread.sleep(duration.dividedBy(factor));
    }
}
