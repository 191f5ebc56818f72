package updater.processes;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import updater.api.SystemTicker;
import updater.api.Ticker;

/** Real time that leaps ahead at the first pause, as if the host had been busy with something else. */
final class LateTicker implements Ticker {
    private final Ticker real = new SystemTicker();
    private final Duration leap;
    private final Landing landing;
    private boolean leapt;

    /** @param landing what happens right after the leap */
    LateTicker(Duration leap, Landing landing) {
        this.leap = leap;
        this.landing = landing;
    }

    @FunctionalInterface
    interface Landing {
        void happens() throws IOException;
    }

    @Override
    public long nanos() {
        return real.nanos() + (leapt ? leap.toNanos() : 0);
    }

    @Override
    public Instant now() {
        return real.now();
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
        if (!leapt) {
            leapt = true;
            try {
                landing.happens();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        real.pause(duration);
    }
}
