import org.jspecify.annotations.NullMarked;

/**
 * The agent's half of an update, for agents that are Java programs on Java 17 or later: an offer is downloaded, verified and
 * handed over to the updater, and after the restart its outcome is told.
 *
 * <p>Begin with {@link updater.agent.AgentUpdates}. Messages go to a {@link System.Logger} of the class that writes them.
 */
@NullMarked
@SuppressWarnings("module") // updater.opamp is built later
module updater.agent {
    requires java.net.http;
    requires transitive updater.release;
    requires updater.api;
    requires updater.archive;
    requires updater.json;
    requires static org.jspecify;

    exports updater.agent;
    exports updater.agent.schedule;
    exports updater.agent.connection to
            updater.opamp;
    exports updater.agent.install to
            updater.opamp;
}
