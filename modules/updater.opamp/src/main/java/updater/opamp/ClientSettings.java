package updater.opamp;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.random.RandomGenerator;
import updater.agent.connection.Network;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;

/**
 * Everything an agent has decided about the connection to its server.
 *
 * @param headers of every request
 */
record ClientSettings(
        ServerAddress server, Map<String, String> headers, Identity identity, Network network, Timing timing) {
    /** A second after the first failure, five minutes at most. */
    static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    /** How often a server is asked by plain HTTP (specification, "Plain HTTP Transport"), and how often a WebSocket is tried. */
    static final Duration POLL = Duration.ofSeconds(30);

    /**
     * What an agent tells its server that it is.
     *
     * @param instanceUidFile where its instance UID is kept
     * @param identifying attributes that tell it from other agents
     * @param describing its other attributes
     */
    record Identity(Path instanceUidFile, Map<String, String> identifying, Map<String, String> describing) {}

    /**
     * When the server is asked.
     *
     * @param poll how often, by plain HTTP
     * @param backoff the wait between attempts
     */
    record Timing(Duration poll, Backoff backoff, Ticker ticker, RandomGenerator random) {
        /** Returns when to ask next: around the interval, so that agents that began together drift apart. */
        Duration nextPoll() {
            return poll.multipliedBy(9).dividedBy(10).plus(Backoff.draw(poll.dividedBy(5), random));
        }

        /** Returns how long to wait after so many failures in a row. */
        Duration afterFailures(int failures) {
            return backoff.delay(failures, random);
        }
    }
}
