package updater.opamp;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import updater.agent.connection.Network;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;

/** The making of an {@link OpampClient}. Every choice has a default but the address and the file. */
public final class OpampClientBuilder {
    private final ServerAddress server;
    private final Path instanceUidFile;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, String> identifying = new LinkedHashMap<>();
    private final Map<String, String> describing = new LinkedHashMap<>();
    private Optional<ProxySelector> proxy = Optional.empty();
    private Optional<SSLContext> sslContext = Optional.empty();
    private Duration poll = ClientSettings.POLL;
    private Backoff backoff = ClientSettings.BACKOFF;
    private Ticker ticker = Ticker.system();
    private RandomGenerator random = new SecureRandom();

    OpampClientBuilder(URI server, Path instanceUidFile) {
        this.server = ServerAddress.of(server);
        this.instanceUidFile = instanceUidFile.toAbsolutePath();
    }

    /** Adds a header to every request, such as a token. It is sent to the host of the address only. */
    public OpampClientBuilder header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** Adds an attribute that identifies the agent, such as {@code service.name}. */
    public OpampClientBuilder identifiedBy(String key, String value) {
        identifying.put(key, value);
        return this;
    }

    /** Adds an attribute that describes where the agent runs, such as {@code host.name}. */
    public OpampClientBuilder describedBy(String key, String value) {
        describing.put(key, value);
        return this;
    }

    /** Sets the proxy; that of the system properties unless set. */
    public OpampClientBuilder proxy(ProxySelector selector) {
        proxy = Optional.of(selector);
        return this;
    }

    /** Sets which server is trusted, and the client's certificate; see {@link PemFiles}. The JDK's own choice unless set. */
    public OpampClientBuilder sslContext(SSLContext context) {
        sslContext = Optional.of(context);
        return this;
    }

    /** Sets how often the server is asked by plain HTTP, and how often a WebSocket is tried; every 30 s unless set. */
    public OpampClientBuilder pollInterval(Duration interval) {
        if (interval.compareTo(Duration.ofMillis(10)) < 0) {
            throw new IllegalArgumentException("expected at least 10 ms, found " + interval);
        }
        poll = interval;
        return this;
    }

    /** Sets clock, chance and the wait between attempts: for tests. */
    OpampClientBuilder world(Ticker clock, RandomGenerator chance, Backoff wait) {
        ticker = clock;
        random = chance;
        backoff = wait;
        return this;
    }

    /**
     * Returns the client. Nothing is connected before {@link OpampClient#start}.
     *
     * @throws IOException when the instance UID cannot be read or written
     */
    public OpampClient build() throws IOException {
        return new OpampClient(new ClientSettings(
                server,
                Map.copyOf(headers),
                new ClientSettings.Identity(instanceUidFile, Map.copyOf(identifying), Map.copyOf(describing)),
                new Network(proxy, sslContext),
                new ClientSettings.Timing(poll, backoff, ticker, random)));
    }
}
