package updater.processes;

import java.util.Optional;

/**
 * The run that a start has found, and which is none of its own therefore: somebody else was faster. For managers that say,
 * or let see, whether there was anything to start.
 */
public final class FoundRun {
    private boolean asked;
    private boolean found;
    private Optional<ProcessId> main = Optional.empty();

    /** Makes one for a service of which no start was asked for yet. */
    public FoundRun() {}

    /** The service is about to be stopped. What runs behind that has to do with no start that was asked for before. */
    public void stopping() {
        asked = false;
        found = false;
        main = Optional.empty();
    }

    /**
     * A start was asked for. What one finds that follows another, without a stop in between, came of that.
     *
     * @param ran whether the service ran already, or was being started, so that nothing was done
     */
    public void started(boolean ran) {
        if (!asked) {
            asked = true;
            found = ran;
        }
    }

    /**
     * Returns whether this is the main process of the run that was found. The first one that is asked for is, since one that
     * was being started was not there to be seen.
     */
    public boolean is(ProcessId process) {
        if (found && main.isEmpty()) {
            main = Optional.of(process);
        }
        return main.filter(process::equals).isPresent();
    }
}
