package updater.transaction.context;

import java.util.Optional;

/**
 * The request that this run end, by a signal. It is obeyed as far as that leaves no mess: before the stop is requested
 * nothing is changed; before the start is, everything is rolled back; later, the run goes on to its end, for that is near.
 * Several threads may use it.
 */
public final class Termination {
    private volatile String by = "";

    /** Asks the run to end. */
    public void request(String signal) {
        by = signal;
    }

    /** Returns the signal that asked for it; empty when none has. */
    public Optional<String> requested() {
        return Optional.of(by).filter(signal -> !signal.isEmpty());
    }

    /** Returns what happened and what is done about it, where the run goes on to its end all the same. */
    public Optional<String> outlived() {
        return requested()
                .map(signal ->
                        signal + " asked this updater to end when the new agent had been started, or a rollback had"
                                + " begun: it has brought the update to its end first");
    }
}
