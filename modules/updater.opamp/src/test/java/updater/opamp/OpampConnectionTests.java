package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import opamp.proto.RetryInfo;
import opamp.proto.ServerErrorResponse;
import opamp.proto.ServerErrorResponseType;
import opamp.proto.ServerToAgent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.opamp.fleet.FleetServer.Received;

/** What the client does when the server is gone, busy, elsewhere or odd. */
final class OpampConnectionTests extends ServedClient {
    @ParameterizedTest
    @EnumSource
    void unavailableServer_isLeftAloneAsLongAsItAsks_andGetsAFullMessageThen(Transports transport) throws Exception {
        server.answers.add(usual -> new ServerToAgent.Builder()
                .error_response(new ServerErrorResponse.Builder()
                        .type(ServerErrorResponseType.ServerErrorResponseType_Unavailable)
                        .retry_info(new RetryInfo(700_000_000))
                        .build())
                .build());
        start(builder(transport));
        Received first = next();

        Received second = next();

        assertThat(second).matches(isFull());
        assertThat(second.nanos() - first.nanos()).isGreaterThan(700_000_000);
    }

    @Test
    void badRequest_isNotRepeated() throws Exception {
        server.answers.add(usual -> new ServerToAgent.Builder()
                .error_response(new ServerErrorResponse.Builder()
                        .type(ServerErrorResponseType.ServerErrorResponseType_BadRequest)
                        .error_message("no")
                        .build())
                .build());
        start(builder(Transports.HTTP));
        next();

        assertThat(next().message().package_statuses).isNull();
    }

    @Test
    void retryAfter_ofAnHttpServer_isObeyed() throws Exception {
        CompletableFuture<Long> refused = new CompletableFuture<>();
        server.refusals.add(exchange -> {
            refused.complete(System.nanoTime());
            exchange.getResponseHeaders().set("Retry-After", "1");
            exchange.sendResponseHeaders(503, -1);
        });
        start(builder(Transports.HTTP));

        Received first = next();

        assertThat(first).matches(isFull());
        assertThat(first.nanos() - refused.join()).isGreaterThan(1_000_000_000L);
    }

    @ParameterizedTest
    @EnumSource
    void serverThatWasGone_getsAFullMessage(Transports transport) throws Exception {
        if (transport == Transports.HTTP) {
            start(builder(transport));
            next();
            server.refusals.add(exchange -> exchange.sendResponseHeaders(500, -1));
        } else {
            start(builder(transport));
            next();
            server.dropWebSockets(true);
        }

        assertThat(await(received -> received.message().agent_description != null))
                .matches(isFull());
    }

    @Test
    void webSocket_thatTheServerCloses_isOpenedAgain() throws Exception {
        start(builder(Transports.WEB_SOCKET));
        next();

        server.dropWebSockets(false);

        assertThat(next()).matches(isFull());
    }

    @Test
    void redirect_isFollowed_andOtherHostsGetNoHeaders() throws Exception {
        server.refusals.add(exchange -> {
            exchange.getResponseHeaders()
                    .set("Location", server.http().toString().replace("127.0.0.1", "localhost"));
            exchange.sendResponseHeaders(307, -1);
        });
        start(builder(Transports.HTTP));

        Received first = next();

        assertThat(first).matches(isFull());
        assertThat(first.headers().get("host")).startsWith("localhost");
        assertThat(first.headers().get("authorization")).isNull();
        assertThat(next().headers().get("authorization")).isEqualTo("Bearer secret");
    }

    @Test
    void redirect_ofAHandshake_isFollowed() throws Exception {
        server.refusals.add(exchange -> {
            exchange.getResponseHeaders().set("Location", server.webSocket().toString());
            exchange.sendResponseHeaders(302, -1);
        });
        start(builder(URI.create(server.http().toString().replace("http:", "ws:"))));

        Received first = next();

        assertThat(first.transport()).isEqualTo("ws");
        assertThat(first.headers().get("authorization")).isNull();
    }

    @Test
    void frameWithoutHeader_asOldServersSendIt_isTaken() throws Exception {
        start(builder(Transports.WEB_SOCKET));
        next();

        server.broadcast(ServerToAgent.ADAPTER.encode(
                new ServerToAgent.Builder().flags(REPORT_FULL_STATE).build()));

        assertThat(next()).matches(isFull());
    }

    @Test
    void textFrame_orNoMessageAtAll_endsTheConnection() throws Exception {
        start(builder(Transports.WEB_SOCKET));
        next();

        server.broadcastText("hello");
        assertThat(await(isFull())).isNotNull();
        server.broadcast(new byte[] {0, (byte) 0xff, (byte) 0xff});
        assertThat(await(isFull())).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void close_saysFarewell(Transports transport) throws Exception {
        start(builder(transport));
        next();

        client.close();

        assertThat(await(received -> received.message().agent_disconnect != null))
                .isNotNull();
    }

    @Test
    void idle_hasOneThread() throws Exception {
        start(builder(Transports.HTTP).pollInterval(Duration.ofMinutes(10)));
        next();
        long begin = System.nanoTime();
        List<String> threads = threads();
        while (threads.size() > 1 && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(LIMIT_S)) {
            // On 17 a client ends with the collector.
            System.gc();
            threads = threads();
        }

        assertThat(threads).containsExactly("opamp-client");
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("opamp") || name.startsWith("agent-") || name.startsWith("HttpClient"))
                .toList();
    }
}
