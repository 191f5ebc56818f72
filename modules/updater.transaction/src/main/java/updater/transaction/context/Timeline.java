package updater.transaction.context;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.state.document.UpdateReport.PhaseTime;

/** The phases of a run and the time that each took, for the console, the log and the report. */
public final class Timeline {
    /** The work of a phase, or of a whole run. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws UpdateFailure, IOException, InterruptedException;
    }

    /** A phase's work that returns nothing. */
    @FunctionalInterface
    public interface Task {
        void run() throws UpdateFailure, IOException, InterruptedException;
    }

    private final Ticker clock;
    private final Progress progress;
    private final EventLog log;
    private final List<PhaseTime> entries = new ArrayList<>();
    private OptionalLong stopAt = OptionalLong.empty();
    private OptionalLong startAt = OptionalLong.empty();

    public Timeline(Ticker clock, Progress progress, EventLog log) {
        this.clock = clock;
        this.progress = progress;
        this.log = log;
    }

    /** Runs one phase and records how long it took, whether it succeeds or not. */
    public <T> T phase(String name, Work<T> work) throws UpdateFailure, InterruptedException {
        long start = clock.nanos();
        Instant startedAt = clock.now();
        log.debug("phase begins", "phase", name);
        try {
            return work.run();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("finish the phase", "'" + name + "'", e);
        } finally {
            Duration took = clock.since(start);
            entries.add(new PhaseTime(name, startedAt, took));
            log.debug("phase ends", "phase", name, "ms", took.toMillis());
            progress.phaseDone(name, took);
        }
    }

    public void phase(String name, Task work) throws UpdateFailure, InterruptedException {
        phase(name, () -> {
            work.run();
            return name;
        });
    }

    /** Notes that the service is being asked to stop: downtime begins. */
    public void stopping() {
        stopAt = OptionalLong.of(clock.nanos());
    }

    /** Notes that a start was dispatched: downtime ends. The last start counts. */
    public void started() {
        startAt = OptionalLong.of(clock.nanos());
    }

    /** Returns milliseconds between the stop request and the last dispatched start; empty when there were not both. */
    public OptionalLong downtimeMillis() {
        if (stopAt.isEmpty() || startAt.isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                Duration.ofNanos(startAt.getAsLong() - stopAt.getAsLong()).toMillis());
    }

    public List<PhaseTime> entries() {
        return List.copyOf(entries);
    }
}
