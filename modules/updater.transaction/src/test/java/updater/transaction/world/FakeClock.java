package updater.transaction.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import updater.api.Ticker;

/**
 * A clock that goes on only while the updater waits, and lets happen what is due then. The wall clock is the host's, as
 * the file system stamps with that one.
 */
public final class FakeClock implements Ticker {
    private final CrashPoints points;
    private final List<Due> due = new ArrayList<>();
    private long nanos = 1_000_000_000L;

    /** How far the clock that is read is ahead of the one that stamps files: what was just written seems to be old. */
    public Duration ahead = Duration.ZERO;

    public FakeClock(CrashPoints points) {
        this.points = points;
    }

    /** Something that happens at its time. */
    @FunctionalInterface
    public interface Event {
        void run() throws IOException;
    }

    private record Due(long at, Event event) {}

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public Instant now() {
        points.reached("look at the clock");
        return Instant.now().plus(ahead);
    }

    @Override
    public void pause(Duration duration) {
        points.reached("pause");
        advance(duration);
    }

    /** Lets time pass for everybody but the updater. */
    public void advance(Duration duration) {
        long end = nanos + duration.toNanos();
        while (true) {
            Due next = null;
            for (Due one : due) {
                if (one.at() <= end && (next == null || one.at() < next.at())) {
                    next = one;
                }
            }
            if (next == null) {
                nanos = end;
                return;
            }
            due.remove(next);
            nanos = Math.max(nanos, next.at());
            try {
                next.event().run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public void after(Duration duration, Event event) {
        due.add(new Due(nanos + duration.toNanos(), event));
    }

    public void cancelAll() {
        due.clear();
    }
}
