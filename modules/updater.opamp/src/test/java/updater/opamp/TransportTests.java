package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.agent.AgentUpdates;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;
import updater.opamp.fleet.FleetServer;

/** The ways to a server: private authorities, client certificates, proxies, limits. */
final class TransportTests {
    private static final long LIMIT_S = 60;

    @TempDir
    Path home;

    private int attempts;

    private OpampClientBuilder builder(URI uri) {
        return OpampClient.builder(uri, home.resolve("instance-uid"))
                .header("Authorization", "secret")
                .pollInterval(Duration.ofMillis(100))
                .world(Ticker.system(), new Random(5), new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)));
    }

    /** Returns whether a message of this very client arrives: the goodbye of the one before may come late. */
    private boolean arrives(OpampClientBuilder builder, FleetServer server, long millis) throws Exception {
        String attempt = Integer.toString(++attempts);
        try (OpampClient client = builder.header("Attempt", attempt).build();
                AgentUpdates updates = AgentUpdates.builder(home, "agent", "v1")
                        .listener(client)
                        .build()) {
            client.start(updates);
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                FleetServer.Received received = server.inbox.poll(left, TimeUnit.NANOSECONDS);
                if (received != null && attempt.equals(received.headers().get("attempt"))) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    void privateAuthority_andClientCertificate_areUsedByBothTransports() throws Exception {
        TestAuthority authority = TestAuthority.create(home.resolve("keys"));
        TestAuthority other = TestAuthority.create(home.resolve("other"));
        SSLContext own =
                PemFiles.trusting(authority.file("ca.crt"), authority.file("server.crt"), authority.file("server.key"));
        SSLContext good =
                PemFiles.trusting(authority.file("ca.crt"), authority.file("client.crt"), authority.file("client.key"));
        SSLContext withoutCertificate = PemFiles.trusting(authority.file("ca.crt"));
        SSLContext otherAuthority =
                PemFiles.trusting(other.file("ca.crt"), authority.file("client.crt"), authority.file("client.key"));
        try (FleetServer server = new FleetServer(Optional.of(own))) {
            for (URI uri : List.of(server.http(), server.webSocket())) {
                assertThat(arrives(builder(uri).sslContext(good), server, TimeUnit.SECONDS.toMillis(LIMIT_S)))
                        .as("%s", uri)
                        .isTrue();
                assertThat(arrives(builder(uri).sslContext(withoutCertificate), server, 500))
                        .isFalse();
                assertThat(arrives(builder(uri).sslContext(otherAuthority), server, 500))
                        .isFalse();
                assertThat(arrives(builder(uri), server, 500)).isFalse();
            }
        }
    }

    @Test
    void proxy_isAskedForEveryMessage() throws Exception {
        try (FleetServer server = new FleetServer()) {
            ProxySelector proxy = ProxySelector.of(
                    new InetSocketAddress("127.0.0.1", server.http().getPort()));

            assertThat(arrives(
                            builder(URI.create("http://opamp.invalid/v1/opamp")).proxy(proxy),
                            server,
                            TimeUnit.SECONDS.toMillis(LIMIT_S)))
                    .isTrue();

            assertThat(server.all.get(0).headers().get("host")).isEqualTo("opamp.invalid");
        }
    }

    @Test
    void answer_thatIsTooLong_isCut() {
        BoundedBody body = new BoundedBody(10);
        boolean[] cancelled = new boolean[1];
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {
                cancelled[0] = true;
            }
        });

        body.onNext(List.of(ByteBuffer.allocate(10)));
        assertThat(body.getBody().toCompletableFuture()).isNotDone();
        body.onNext(List.of(ByteBuffer.allocate(1)));

        assertThat(cancelled[0]).isTrue();
        assertThatThrownBy(() -> body.getBody().toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("more than 10 bytes");
        assertThat(Transport.MOST_BYTES).isEqualTo(64 * 1024 * 1024);
    }

    @Test
    void redirect_fromASecureServer_staysSecure() throws Exception {
        ServerAddress address = ServerAddress.of(URI.create("wss://a.example/v1/opamp"));

        assertThat(address.redirected(Optional.of("https://b.example:99/x?y=1")).current())
                .hasToString("wss://b.example:99/x?y=1");
        assertThat(address.redirected(Optional.of("/moved")).isConfiguredHost()).isTrue();
        assertThat(address.redirected(Optional.of("wss://b.example/")).isConfiguredHost())
                .isFalse();
        for (String to : List.of("ws://a.example/", "http://a.example/", "ftp://a.example/", "")) {
            Optional<String> location = to.isEmpty() ? Optional.of("http://") : Optional.of(to);
            assertThatThrownBy(() -> address.redirected(location)).isInstanceOf(TransportFailure.class);
        }
    }

    @Test
    void address_ofSomethingElse_isRefused() {
        for (String uri : List.of("ftp://a/", "/v1/opamp", "file:///etc/passwd")) {
            assertThatThrownBy(() -> ServerAddress.of(URI.create(uri))).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
