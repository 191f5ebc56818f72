package updater.state.journal;

/** A phase that an update or its rollback has reached. It counts once its phase record is in the journal. */
public enum Phase {
    /**
     * Staged data, bulk of the backup, manifest, the updater's own runtime and the whole plan are durable; nothing that
     * the agent or an operator can observe has changed.
     */
    PREPARED,

    /** The guard is armed; from here on the service may be stopping, so a recovery has to bring the agent back. */
    STOP_REQUESTED,

    /**
     * The new definition was loaded while the old agent ran, which the service manager may have been asked to stop from here
     * on. Only where the plan has a definition that comes before the stop.
     */
    DEFINITION_LOADED,

    /** The agent has exited. What it wrote last may not be durable. */
    STOPPED,

    /** Backup and manifest are complete and durable: every step of the plan can be undone from here. */
    BACKED_UP,

    /** Every file of the plan and the definition are in place and durable, directories included. */
    INSTALLED,

    /** The start may have been dispatched: what is below home may have been written by the new agent from here on. */
    START_REQUESTED,

    /** The new version stays, durably: nothing is undone any more, only cleaned up. */
    COMMITTED,

    /** A rollback has begun: an update that got here never commits. */
    ROLLING_BACK,

    /** Every step is undone and home is what the manifest says, durably; the old agent has not been asked to start. */
    ROLLED_BACK,

    /** The old agent was started again and the rollback is verified: only cleaning up is left. */
    VERIFIED,

    /** Something could not be restored: backup and journal stay, so that a later recovery can go on. */
    ROLLBACK_INCOMPLETE
}
