package updater.transaction.rollback;

import java.io.IOException;
import java.time.Duration;
import updater.api.Ticker;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.LeasedFileException;
import updater.fs.WaitBudget;

/**
 * The reading of files that a rollback cannot do without, whoever holds leases on them. The kernel breaks a lease 45 seconds
 * after the first attempt, so a minute is waited; but a minute for all files together, for the old agent waits too.
 */
final class LeaseWait {
    private static final Duration ALL_FILES = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final WaitBudget budget;

    LeaseWait(Ticker clock) {
        this.budget = new WaitBudget(clock, ALL_FILES, PAUSE);
    }

    /**
     * Returns the checksum of a regular file's bytes.
     *
     * @throws LeasedFileException when it cannot be read for a lease, in spite of the wait
     */
    long crc32c(Directory directory, String name) throws IOException {
        while (true) {
            try {
                return Checksum.crc32c(directory, name);
            } catch (LeasedFileException e) {
                if (!budget.pause()) {
                    throw e;
                }
            }
        }
    }
}
