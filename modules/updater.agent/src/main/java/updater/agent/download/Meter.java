package updater.agent.download;

import java.util.OptionalLong;
import updater.agent.schedule.Ticker;

/** The measuring of a download: what it tells, it tells once a second at most. */
final class Meter {
    private static final long SECOND = 1_000_000_000L;

    private final Ticker ticker;
    private final ProgressSink sink;
    private long toldAt;
    private long toldBytes;
    private boolean told;

    Meter(Ticker ticker, ProgressSink sink) {
        this.ticker = ticker;
        this.sink = sink;
    }

    void measure(long bytes, OptionalLong total) {
        long now = ticker.nanos();
        if (told && now - toldAt < SECOND) {
            return;
        }
        double rate = told ? Math.max(0, bytes - toldBytes) * (double) SECOND / (now - toldAt) : 0;
        told = true;
        toldAt = now;
        toldBytes = bytes;
        sink.progress(bytes, total, rate);
    }
}
