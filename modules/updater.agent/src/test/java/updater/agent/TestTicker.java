package updater.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import updater.agent.schedule.Ticker;

/** A clock whose pauses are over at once, and kept; otherwise it is the host's. */
public final class TestTicker implements Ticker {
    private final List<Duration> pauses = new ArrayList<>();
    private long paused;

    @Override
    public synchronized long nanos() {
        return System.nanoTime() + paused;
    }

    @Override
    public synchronized Instant now() {
        return Instant.now().plusNanos(paused);
    }

    @Override
    public synchronized void pause(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        pauses.add(duration);
        paused += duration.toNanos();
    }

    public synchronized List<Duration> pauses() {
        return List.copyOf(pauses);
    }
}
