package updater.opamp;

import java.net.ProxySelector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;

/** Everything an agent has decided about the connection to its server. */
record ClientSettings(
        ServerAddress server,
        Path instanceUidFile,
        Map<String, String> headers,
        Map<String, String> identifying,
        Map<String, String> describing,
        Optional<ProxySelector> proxy,
        Optional<SSLContext> sslContext,
        Duration poll,
        Backoff backoff,
        Ticker ticker,
        RandomGenerator random) {
    /** A second after the first failure, five minutes at most. */
    static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    /** How often a server is asked by plain HTTP (specification, "Plain HTTP Transport"), and how often a WebSocket is tried. */
    static final Duration POLL = Duration.ofSeconds(30);

    /** Returns when to ask next: around the interval, so that agents that began together drift apart. */
    Duration nextPoll() {
        return poll.multipliedBy(9).dividedBy(10).plus(Backoff.draw(poll.dividedBy(5), random));
    }
}
