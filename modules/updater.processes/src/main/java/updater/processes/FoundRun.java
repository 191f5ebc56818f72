package updater.processes;

import java.util.Optional;

/**
 * The run that a start has found, and which is none of its own therefore: somebody else was faster. For managers that say,
 * or let see, whether there was anything to start.
 */
public final class FoundRun {
    private final Processes processes;
    private boolean asked;
    private boolean found;
    private Optional<ProcessId> main = Optional.empty();
    private Optional<ProcessId> own = Optional.empty();

    /** Makes one for a service of which no start was asked for yet. */
    public FoundRun(Processes processes) {
        this.processes = processes;
    }

    /** The service is about to be stopped. What runs behind that has to do with no start that was asked for before. */
    public void stopping() {
        asked = false;
        found = false;
        main = Optional.empty();
        own = Optional.empty();
    }

    /**
     * A start has found it running or being started, and done nothing. What one finds that follows another, without a stop in
     * between, came of that.
     */
    public void found() {
        if (!asked) {
            asked = true;
            found = true;
        }
    }

    /**
     * A start has found nothing that runs.
     *
     * @param process which it has made: the main process, or one that makes it; empty where the manager does that
     */
    public void made(Optional<ProcessId> process) {
        asked = true;
        own = process;
    }

    /**
     * Returns whether this is the main process of the run that was found, or one that was there before what was made. The first
     * one that is asked for is the one that was found, since one that was being started was not there to be seen.
     */
    public boolean is(ProcessId process) {
        if (found && main.isEmpty()) {
            main = Optional.of(process);
        }
        return main.filter(process::equals).isPresent()
                || own.filter(made -> processes.isOlder(process, made)).isPresent();
    }
}
