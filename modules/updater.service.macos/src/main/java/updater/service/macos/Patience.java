package updater.service.macos;

import java.time.Duration;
import updater.api.Ticker;
import updater.api.UpdateFailure;

/** Wait for launchd, on the site's clock. */
final class Patience {
    private final Ticker clock;
    private final String label;

    Patience(Ticker clock, String label) {
        this.clock = clock;
        this.label = label;
    }

    long now() {
        return clock.nanos();
    }

    boolean over(long start, Duration limit) {
        return clock.since(start).compareTo(limit) >= 0;
    }

    void pause(Duration duration) throws UpdateFailure.Service {
        try {
            clock.pause(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UpdateFailure.Service("interrupted while waiting for launchd and " + label, "", e);
        }
    }
}
