package updater.state.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import updater.api.Step;
import updater.api.Ticker;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;
import updater.state.log.RecordLog;
import updater.state.log.UnrecordableException;

/**
 * The journal of one update, for writing: what was found, what is planned, which phases were reached.
 *
 * <p>The order that makes an update recoverable is: {@link #create}, {@link #planned} for every step, {@link #complete},
 * {@link #reached}{@code (PREPARED)}, which makes all of it durable; and every further phase before what it announces.
 * The directory that holds the journal is forced by the caller after {@link #create}.
 */
public final class Journal implements Closeable {
    /** The block size of the usual file systems; of smaller ones it is a multiple. */
    private static final long BLOCK = 4096;

    /** Phase records are short, so that many of them fit into a block: of a long text, beginning and end say enough. */
    private static final int MAX_TEXT = 600;

    private static final int END_OF_TEXT = 400;

    private final RecordLog log;
    private final JournalCodec codec;
    private final Ticker ticker;
    private final Set<Phase> begun = EnumSet.noneOf(Phase.class);
    private long steps;

    private Journal(RecordLog log, JournalCodec codec, Ticker ticker) {
        this.log = log;
        this.codec = codec;
        this.ticker = ticker;
    }

    /**
     * Creates the journal, readable and writable by its owner only. Forces nothing.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is one
     * @throws UnrecordableException when {@code begin} could not be read back as it is
     */
    public static Journal create(Path file, JournalRecord.Begin begin, Ticker ticker, LogChannels channels)
            throws IOException {
        JournalCodec codec = new JournalCodec(file, Optional.of(begin));
        byte[] first = codec.encode(begin);
        checkReadable(file, first, begin);
        RecordLog log = RecordLog.create(file, channels);
        try {
            log.append(first);
            log.flush();
        } catch (IOException e) {
            try (log) {
                throw e;
            }
        }
        return new Journal(log, codec, ticker);
    }

    /** Once the service is stopped it is too late to find that a later run cannot understand what is written here. */
    private static void checkReadable(Path file, byte[] first, JournalRecord.Begin begin) throws IOException {
        try {
            if (new JournalCodec(file, Optional.empty()).decode(first, 0).equals(begin)) {
                return;
            }
        } catch (DamagedLogException | FutureFormatException e) {
            throw new UnrecordableException(
                    "what the journal begins with would not be understood when read back: " + e.getMessage());
        }
        throw new UnrecordableException("the journal would not be the same when read back");
    }

    /**
     * Opens a journal that an earlier run left, to add what is reached by recovering it. A torn tail is cut off.
     *
     * @throws IOException also when the journal does not begin with a {@link JournalRecord.Begin}
     */
    public static Journal resume(JournalView view, Ticker ticker, LogChannels channels) throws IOException {
        JournalRecord.Begin begin = view.begin()
                .orElseThrow(() -> new IOException("nothing can be recovered from " + view.file() + ": it is empty"));
        RecordLog log = RecordLog.openForAppend(view.file(), channels);
        return new Journal(log, new JournalCodec(view.file(), Optional.of(begin)), ticker);
    }

    /**
     * Adds a step to the plan. Not durable before the next {@link #reached}.
     *
     * @throws UnrecordableException when a path of the step cannot be written as text
     */
    public void planned(Step step) throws IOException {
        log.append(codec.encode(new JournalRecord.Planned(step)));
        steps++;
    }

    /**
     * Closes the plan. Not durable before the next {@link #reached}.
     *
     * <p>From then on a disk that becomes full does not stop a journal from being continued, unless the phase records take
     * more than a block or the file system never writes in place.
     */
    public void complete() throws IOException {
        log.append(codec.encode(new JournalRecord.PlanComplete(steps)));
        byte[] none = codec.encode(new JournalRecord.Padding(0));
        long used = log.endWith(none.length) % BLOCK;
        log.append(codec.encode(new JournalRecord.Padding((int) (BLOCK - used))));
    }

    /**
     * Records a phase and forces the journal up to it.
     *
     * @param detail for people; of a long one, 200 characters of its beginning and 400 of its end
     */
    public void reached(Phase phase, String detail) throws IOException {
        append(phase, detail);
        log.force();
    }

    /**
     * Records a phase so that the record outlives this process; a power cut may lose it.
     *
     * @param detail for people; of a long one, 200 characters of its beginning and 400 of its end
     */
    public void reachedUnforced(Phase phase, String detail) throws IOException {
        append(phase, detail);
        log.flush();
    }

    /** Returns whether this object was asked to record a phase, even if the record could not be written or forced. */
    public boolean mayHold(Phase phase) {
        return begun.contains(phase);
    }

    private void append(Phase phase, String detail) throws IOException {
        begun.add(phase);
        log.append(codec.encode(new JournalRecord.Reached(phase, ticker.now(), encodable(detail))));
    }

    /** What is only for people must never stop a journal: characters without a UTF-8 form become question marks. */
    private static String encodable(String text) {
        String shortened = text.length() <= MAX_TEXT
                ? text
                : text.substring(0, MAX_TEXT - END_OF_TEXT) + "…" + text.substring(text.length() - END_OF_TEXT);
        return new String(shortened.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    /** Closes the journal without forcing it. Idempotent. */
    @Override
    public void close() throws IOException {
        log.close();
    }
}
