package updater.transaction.context;

import java.time.Duration;

/**
 * A listener to the phases of a run, for people who wait. It is told of much more than it can show, also while no agent runs:
 * it has to return at once.
 */
public interface Progress {
    /** Called when a phase is over, whether it succeeded or not. */
    void phaseDone(String name, Duration took);

    /** Called when a phase begins. */
    default void phaseBegins(String name) {}

    /**
     * Called when another file of the phase is done.
     *
     * @param all how many there are; 0 where that is not known
     */
    default void filesDone(long done, long all) {}

    /**
     * Called when more bytes of the phase are done.
     *
     * @param all how many there are; 0 where that is not known
     */
    default void bytesDone(long done, long all) {}

    /** Called now and then while the run waits for something. */
    default void waits(String what, Duration waited, Duration most) {}
}
