package updater.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import updater.api.Ticker;

/**
 * The opening of files without being held up by those who hold leases on them. A holder is signalled by the
 * attempt, and one that means no harm lets go at once: it is waited for, but two seconds at most for all files together,
 * however many there are, for the agent may be down meanwhile. Safe for use by several threads.
 */
final class LeasePatience {
    private static final Duration ALL_FILES = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final WaitBudget budget;

    /** @param clock what is waited on */
    LeasePatience(Ticker clock) {
        this.budget = new WaitBudget(clock, ALL_FILES, PAUSE);
    }

    /**
     * Opens a file. While it is open nobody can take a lease that another open for reading would have to wait for.
     *
     * @param handle leads to the file itself
     * @param owner its owner, for the message
     * @throws LeasedFileException when the holder of a lease does not let go in time
     */
    int open(LinuxCalls calls, String handle, Path display, long owner) throws IOException {
        return open(() -> calls.openForReading(handle), display, owner);
    }

    /** As {@link #open}, for writing: while the file is open nobody can take any lease. */
    int openForWriting(LinuxCalls calls, String handle, Path display, long owner) throws IOException {
        return open(() -> calls.openForWriting(handle), display, owner);
    }

    private int open(Failures.Operation<Integer> opening, Path display, long owner) throws IOException {
        while (true) {
            try {
                return opening.run();
            } catch (SystemCallFailed e) {
                if (e.number() != SystemCallFailed.EAGAIN) {
                    throw e;
                }
                if (!budget.pause()) {
                    throw new LeasedFileException(display, owner);
                }
            }
        }
    }
}
