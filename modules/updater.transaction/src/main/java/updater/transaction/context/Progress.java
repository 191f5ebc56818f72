package updater.transaction.context;

import java.time.Duration;

/** A listener to the phases of a run, for people who wait. */
public interface Progress {
    /** Called when a phase is over, whether it succeeded or not. */
    void phaseDone(String name, Duration took);
}
