package updater.api.conformance;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import updater.api.SystemTicker;
import updater.api.Ticker;

/** The host's own time, for worlds with real processes, in which a long pause is over at once: what hangs costs no time. */
public final class LeapingTicker implements Ticker {
    /** Longer than anybody waits for a real process between two looks. */
    private static final Duration LONG = Duration.ofSeconds(2);

    private final SystemTicker host = new SystemTicker();
    private final AtomicLong leapt = new AtomicLong();

    @Override
    public long nanos() {
        return host.nanos() + leapt.get();
    }

    @Override
    public Instant now() {
        return host.now().plusNanos(leapt.get());
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
        if (duration.compareTo(LONG) > 0) {
            leapt.addAndGet(duration.toNanos());
        } else {
            host.pause(duration);
        }
    }
}
