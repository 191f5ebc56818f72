package updater.agent;

/** The receiver of what is to be told to the server. */
@FunctionalInterface
public interface StatusListener {
    /**
     * Takes statuses that have changed. They are on disk, but for the progress of a download, which comes once a second at
     * most. Called by one thread at a time, in order; it should return soon, as the update waits for it.
     *
     * <p>Once the server has them, call {@link AgentUpdates#reported}.
     */
    void changed(PackageStatuses statuses);
}
