package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.agent.AgentUpdates;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;
import updater.opamp.fleet.FleetServer;
import updater.opamp.fleet.FleetServer.Received;

/** A client, and a server whose messages are written and read by other code. */
abstract class ServedClient {
    static final long LIMIT_S = 60;
    static final long REPORT_FULL_STATE = 1;

    enum Transports {
        HTTP,
        WEB_SOCKET
    }

    @TempDir
    Path home;

    final List<AutoCloseable> open = new ArrayList<>();
    FleetServer server;
    OpampClient client;

    @BeforeEach
    void serve() throws IOException {
        server = new FleetServer();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        server.close();
        assertThat(server.violations).isEmpty();
    }

    OpampClientBuilder builder(Transports transport) {
        return builder(transport == Transports.HTTP ? server.http() : server.webSocket());
    }

    OpampClientBuilder builder(URI uri) {
        return OpampClient.builder(uri, home.resolve("instance-uid"))
                .header("Authorization", "Bearer secret")
                .identifiedBy("service.name", "org.example.agent")
                .describedBy("os.type", "linux")
                .pollInterval(Duration.ofMillis(100))
                .world(Ticker.system(), new Random(5), new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)));
    }

    AgentUpdates start(OpampClientBuilder builder) throws IOException {
        client = builder.build();
        AgentUpdates updates =
                AgentUpdates.builder(home, "agent", "v1").listener(client).build();
        open.add(0, updates);
        open.add(0, client);
        client.start(updates);
        return updates;
    }

    Received next() throws InterruptedException {
        Received next = server.inbox.poll(LIMIT_S, TimeUnit.SECONDS);
        assertThat(next).as("a message within " + LIMIT_S + " s").isNotNull();
        return next;
    }

    Received await(Predicate<Received> wanted) throws InterruptedException {
        Received next = next();
        while (!wanted.test(next)) {
            next = next();
        }
        return next;
    }

    static Predicate<Received> isFull() {
        return received -> received.message().agent_description != null
                && received.message().health != null
                && received.message().package_statuses != null;
    }
}
