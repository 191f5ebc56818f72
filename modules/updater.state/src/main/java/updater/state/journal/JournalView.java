package updater.state.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.Step;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;
import updater.state.log.RecordLog;
import updater.state.log.RecordReader;

/** The content of a journal. Steps stay on disk and are read when they are asked for; all else is held in memory. */
public final class JournalView {
    private final Path file;
    private final LogChannels channels;
    private final long end;
    private final boolean torn;
    private final Optional<JournalRecord.Begin> begin;
    private final long steps;
    private final boolean definitionFirst;
    private final List<JournalRecord.Reached> reached;

    private JournalView(Path file, LogChannels channels, Scan scan, RecordReader reader) {
        this.file = file;
        this.channels = channels;
        this.end = reader.position();
        this.torn = reader.torn();
        this.begin = scan.begin;
        this.steps = scan.steps;
        this.definitionFirst = scan.definitionFirst;
        this.reached = List.copyOf(scan.reached);
    }

    /** A taker of the steps of a plan, one by one. */
    @FunctionalInterface
    public interface StepConsumer<E extends Exception> {
        /**
         * Takes a step.
         *
         * @param index 0 for the first step of the plan
         */
        void accept(long index, Step step) throws E;
    }

    /**
     * Reads a journal and checks every record of it. A torn tail is left out and reported by {@link #torn()}.
     *
     * @throws DamagedLogException when it is damaged elsewhere
     * @throws FutureFormatException when a newer updater wrote it
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    public static JournalView read(Path file, LogChannels channels) throws IOException {
        try (RecordReader reader = RecordLog.forward(file, channels)) {
            Scan scan = new Scan(file);
            long start = reader.position();
            for (Optional<byte[]> payload = reader.next(); payload.isPresent(); payload = reader.next()) {
                scan.add(payload.get(), start);
                start = reader.position();
            }
            return new JournalView(file, channels, scan, reader);
        }
    }

    public Path file() {
        return file;
    }

    /** Returns the first record; empty when the updater died before it was written, so that nothing was touched. */
    public Optional<JournalRecord.Begin> begin() {
        return begin;
    }

    /** Returns the number of steps in the journal. */
    public long steps() {
        return steps;
    }

    /** Returns whether the plan has a definition that is replaced and loaded before the stop. */
    public boolean definitionFirst() {
        return definitionFirst;
    }

    /** Returns the marks in the order they were set; a phase occurs again when a recovery went through it again. */
    public List<JournalRecord.Reached> reached() {
        return reached;
    }

    public boolean hasReached(Phase phase) {
        return reached.stream().anyMatch(isOf(phase));
    }

    /** Returns the first record of that phase. */
    public Optional<JournalRecord.Reached> firstReached(Phase phase) {
        return reached.stream().filter(isOf(phase)).findFirst();
    }

    /**
     * Returns whether the update counts as done: it is committed and no rollback has begun. Where the record of the commit
     * could not be forced, it may be in the journal all the same, and what follows it decides.
     */
    public boolean committed() {
        return hasReached(Phase.COMMITTED) && !rollbackHasBegun();
    }

    /** Returns whether a rollback has begun. Its own record may be the one thing that could not be written. */
    public boolean rollbackHasBegun() {
        return hasReached(Phase.ROLLING_BACK) || hasReached(Phase.ROLLED_BACK) || hasReached(Phase.ROLLBACK_INCOMPLETE);
    }

    private static Predicate<JournalRecord.Reached> isOf(Phase phase) {
        return record -> record.phase() == phase;
    }

    /** Returns whether the updater was killed, or the power cut, while it wrote a record. */
    public boolean torn() {
        return torn;
    }

    /** Hands over the steps in the order of the plan, holding one at a time in memory. */
    public <E extends Exception> void forEachStepForward(StepConsumer<E> consumer) throws IOException, E {
        try (RecordReader reader = RecordLog.forward(file, channels)) {
            JournalCodec codec = new JournalCodec(file, begin);
            long index = 0;
            while (reader.position() < end) {
                Optional<Step> step = step(codec, reader);
                if (step.isPresent()) {
                    consumer.accept(index++, step.get());
                }
            }
        }
    }

    /** Hands over the steps in the reverse order of the plan, holding one at a time in memory. */
    public <E extends Exception> void forEachStepBackward(StepConsumer<E> consumer) throws IOException, E {
        try (RecordReader reader = RecordLog.backward(file, end, channels)) {
            JournalCodec codec = new JournalCodec(file, begin);
            long index = steps;
            while (index > 0) {
                Optional<Step> step = step(codec, reader);
                if (step.isPresent()) {
                    consumer.accept(--index, step.get());
                }
            }
        }
    }

    private Optional<Step> step(JournalCodec codec, RecordReader reader) throws IOException {
        long start = reader.position();
        byte[] payload = reader.next()
                .orElseThrow(() -> new DamagedLogException(file, start, "expected a record, found the end"));
        return codec.decode(payload, start) instanceof JournalRecord.Planned(Step step)
                ? Optional.of(step)
                : Optional.empty();
    }

    /** One pass over the journal: collects what it finds, and checks that the records follow each other as they must. */
    private static final class Scan {
        private final Path file;
        private final JournalCodec codec;
        private final List<JournalRecord.Reached> reached = new ArrayList<>();
        private Optional<JournalRecord.Begin> begin = Optional.empty();
        private long steps;
        private boolean definitionFirst;
        private boolean planComplete;

        Scan(Path file) {
            this.file = file;
            this.codec = new JournalCodec(file, Optional.empty());
        }

        void add(byte[] payload, long start) throws IOException {
            JournalRecord entry = codec.decode(payload, start);
            if (begin.isEmpty() != (entry instanceof JournalRecord.Begin)) {
                throw new DamagedLogException(file, start, "expected one record that begins the journal, as its first");
            }
            switch (entry) {
                case JournalRecord.Begin found -> begin = Optional.of(found);
                case JournalRecord.Planned planned -> {
                    if (planComplete) {
                        throw new DamagedLogException(file, start, "expected no step behind the end of the plan");
                    }
                    steps++;
                    definitionFirst |= planned.step() instanceof Step.ReplaceDefinition change && change.beforeStop();
                }
                case JournalRecord.PlanComplete(long count) -> {
                    if (planComplete || count != steps) {
                        throw new DamagedLogException(
                                file, start, "expected a plan of " + count + " steps, found " + steps);
                    }
                    planComplete = true;
                }
                case JournalRecord.Padding padding -> {
                    // Its place in the file is all there is to it.
                }
                case JournalRecord.Reached mark -> reached.add(mark);
            }
        }
    }
}
