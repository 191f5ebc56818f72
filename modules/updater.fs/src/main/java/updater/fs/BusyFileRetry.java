package updater.fs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import updater.api.Ticker;

/**
 * Repeat what fails because somebody else has a file open: a virus scanner, an indexer, a backup, an editor. Windows then
 * says "access denied", as for want of a right, or "used by another process", which is a {@link FileSystemException} of no
 * class of its own; the text is in the language of the host.
 *
 * <p>Bounded twice: one operation is repeated for two seconds at most, with pauses that double from 10 ms to 250 ms, and
 * all of one run together for 20 s, so that a tree whose access really is denied does not cost two seconds a file.
 */
final class BusyFileRetry {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);
    private static final Duration ONE = Duration.ofSeconds(2);
    private static final Duration ALL = Duration.ofSeconds(20);

    private final Ticker clock;
    private Duration left = ALL;

    BusyFileRetry(Ticker clock) {
        this.clock = clock;
    }

    static boolean busy(IOException failure) {
        // A channel that failed to write or force, once it was named, is no file in use: a second force would hide the
        // loss.
        boolean ofChannel = failure.getCause() != null && failure.getCause().getClass() == IOException.class;
        return failure instanceof AccessDeniedException
                || (failure.getClass() == FileSystemException.class && !ofChannel);
    }

    void change(Failures.Change change) throws IOException {
        this.<Object>attempt(() -> {
            change.run();
            return this;
        });
    }

    <T> T attempt(Failures.Operation<T> attempt) throws IOException {
        Duration pause = FIRST_PAUSE;
        Duration waited = Duration.ZERO;
        while (true) {
            try {
                return attempt.run();
            } catch (FileSystemException e) {
                if (!busy(e) || waited.compareTo(ONE) >= 0 || !pause(pause)) {
                    throw e;
                }
                waited = waited.plus(pause);
                pause = pause.multipliedBy(2);
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
            }
        }
    }

    /** Waits; false when the time of the whole run is spent. */
    private synchronized boolean pause(Duration duration) throws InterruptedIOException {
        if (left.compareTo(duration) < 0) {
            return false;
        }
        left = left.minus(duration);
        try {
            clock.pause(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a file that is in use");
        }
        return true;
    }
}
