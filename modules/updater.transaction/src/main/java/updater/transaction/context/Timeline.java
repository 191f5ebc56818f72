package updater.transaction.context;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.state.document.UpdateReport.Downtime;
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
    private OptionalLong processAt = OptionalLong.empty();
    private OptionalLong runningAt = OptionalLong.empty();
    private OptionalLong healthyAt = OptionalLong.empty();
    private long filesDone;
    private long filesExpected;

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
        filesDone = 0;
        filesExpected = 0;
        progress.phaseBegins(name);
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

    /** Notes how many files the phase that has begun will come to. */
    public void expects(long files) {
        filesExpected = files;
    }

    /** Notes that the phase is done with another file. */
    public void fileDone() {
        progress.filesDone(++filesDone, filesExpected);
    }

    /** Notes that the phase waits for something. */
    public void waits(String what, Duration waited, Duration most) {
        progress.waits(what, waited, most);
    }

    /** Notes that the service is being asked to stop: downtime begins. */
    public void stopping() {
        stopAt = OptionalLong.of(clock.nanos());
    }

    /** Notes that a start was dispatched. The last start counts. */
    public void started() {
        startAt = OptionalLong.of(clock.nanos());
        processAt = OptionalLong.empty();
        runningAt = OptionalLong.empty();
    }

    /** Notes what the service did just now: whether there is a process, and whether the manager says that it runs. */
    public void seen(ServiceState state) {
        if (processAt.isEmpty() && (state.mainPid() != 0 || state.running())) {
            processAt = OptionalLong.of(clock.nanos());
        }
        if (runningAt.isEmpty() && state.running()) {
            runningAt = OptionalLong.of(clock.nanos());
        }
    }

    /** Notes that the new agent was found healthy. */
    public void healthy() {
        healthyAt = OptionalLong.of(clock.nanos());
    }

    /** Returns how long there was no agent: until there was a process, or, when none was looked for, until the last start. */
    public Downtime downtime() {
        return new Downtime(
                millis(stopAt, processAt.isPresent() ? processAt : startAt),
                millis(stopAt, healthyAt),
                millis(startAt, runningAt));
    }

    private static OptionalLong millis(OptionalLong from, OptionalLong to) {
        return from.isEmpty() || to.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(
                        Duration.ofNanos(to.getAsLong() - from.getAsLong()).toMillis());
    }

    public List<PhaseTime> entries() {
        return List.copyOf(entries);
    }
}
