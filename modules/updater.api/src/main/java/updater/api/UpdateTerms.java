package updater.api;

import java.time.Duration;

/**
 * The terms on which an update is carried out.
 *
 * @param prepareBudget the longest time spent on preparation while the agent still runs
 * @param retention how much of what a rollback removed, and of the replaced version, is kept
 * @param commands what the vendor has run before, during and after an update
 * @param policy what an update does where more than one thing is right
 */
public record UpdateTerms(Duration prepareBudget, Retention retention, VendorCommands commands, Policy policy) {
    /**
     * The limits of what is kept: of files that a rollback replaced or removed, and of the version that an update replaced.
     *
     * @param keptBytes bytes on disk, in whole blocks, of what is kept in the state directory
     * @param keptFiles files, links and directories kept there
     * @param days how long the previous version is kept, to be gone back to; 0 for not at all
     * @param bytes of the largest previous version that is kept; of one, only what the update replaced or removed counts
     */
    public record Retention(long keptBytes, long keptFiles, int days, long bytes) {
        /** How many files, links and directories are kept where a product does not say. */
        public static final long KEPT_FILES = 10_000;

        /** How long a previous version is kept where a product does not say. */
        public static final int DAYS = 7;

        /** How large a previous version may be where a product does not say. */
        public static final long BYTES = 1L << 30;
    }

    /**
     * What an update does where more than one thing is right.
     *
     * @param attempts how often one bundle may fail on a host before it is refused; 0 for as often as it is offered
     * @param startWhenStopped whether an agent is started that did not run when its update began
     * @param restartWhenUnchanged whether the agent is restarted although the bundle changes nothing
     */
    public record Policy(int attempts, boolean startWhenStopped, boolean restartWhenUnchanged) {
        /** A bundle that failed three times is refused, a stopped agent stays so, and nobody is restarted for nothing. */
        public static final Policy USUAL = new Policy(3, false, false);
    }
}
