package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import okio.ByteString;
import opamp.proto.AgentConfigMap;
import opamp.proto.AgentIdentification;
import opamp.proto.AgentRemoteConfig;
import opamp.proto.DownloadableFile;
import opamp.proto.Header;
import opamp.proto.Headers;
import opamp.proto.PackageAvailable;
import opamp.proto.PackageStatusEnum;
import opamp.proto.PackagesAvailable;
import opamp.proto.RetryInfo;
import opamp.proto.ServerErrorResponse;
import opamp.proto.ServerErrorResponseType;
import opamp.proto.ServerToAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.agent.AgentUpdates;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;
import updater.opamp.fleet.FleetServer;
import updater.opamp.fleet.FleetServer.Received;

/** The client, and a server whose messages are written and read by other code. */
final class OpampClientTests {
    private static final long LIMIT_S = 60;
    private static final long REPORT_FULL_STATE = 1;
    private static final ByteString ALL = ByteString.decodeHex("a11a");

    enum Transports {
        HTTP,
        WEB_SOCKET
    }

    @TempDir
    Path home;

    private final List<AutoCloseable> open = new ArrayList<>();
    private FleetServer server;
    private OpampClient client;

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

    private OpampClientBuilder builder(Transports transport) {
        return builder(transport == Transports.HTTP ? server.http() : server.webSocket());
    }

    private OpampClientBuilder builder(URI uri) {
        return OpampClient.builder(uri, home.resolve("instance-uid"))
                .header("Authorization", "Bearer secret")
                .identifiedBy("service.name", "org.example.agent")
                .describedBy("os.type", "linux")
                .pollInterval(Duration.ofMillis(100))
                .world(Ticker.system(), new Random(5), new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)));
    }

    private AgentUpdates start(OpampClientBuilder builder) throws IOException {
        client = builder.build();
        AgentUpdates updates =
                AgentUpdates.builder(home, "agent", "v1").listener(client).build();
        open.add(0, updates);
        open.add(0, client);
        client.start(updates);
        return updates;
    }

    private Received next() throws InterruptedException {
        Received next = server.inbox.poll(LIMIT_S, TimeUnit.SECONDS);
        assertThat(next).as("a message within " + LIMIT_S + " s").isNotNull();
        return next;
    }

    private Received await(Predicate<Received> wanted) throws InterruptedException {
        Received next = next();
        while (!wanted.test(next)) {
            next = next();
        }
        return next;
    }

    private static Predicate<Received> isFull() {
        return received -> received.message().agent_description != null
                && received.message().health != null
                && received.message().package_statuses != null;
    }

    private Predicate<Received> says(PackageStatusEnum status) {
        return received -> received.message().package_statuses != null && received.status("agent").status == status;
    }

    private PackagesAvailable offer(ByteString all, String version, URI file) {
        return new PackagesAvailable.Builder()
                .all_packages_hash(all)
                .packages(Map.of(
                        "agent",
                        new PackageAvailable.Builder()
                                .version(version)
                                .hash(ByteString.encodeUtf8("hash of " + version))
                                .file(new DownloadableFile.Builder()
                                        .download_url(file.toString())
                                        .content_hash(ByteString.of(new byte[32]))
                                        .headers(new Headers(List.of(new Header("X-Token", "t"))))
                                        .build())
                                .build()))
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void firstMessage_isFull(Transports transport) throws Exception {
        start(builder(transport));

        Received first = next();

        assertThat(first).matches(isFull());
        assertThat(first.message().sequence_num).isZero();
        assertThat(first.message().capabilities).isEqualTo(0x819);
        assertThat(first.message().agent_description.identifying_attributes.get(0).value.string_value)
                .isEqualTo("org.example.agent");
        assertThat(first.message().agent_description.non_identifying_attributes.get(0).key)
                .isEqualTo("os.type");
        assertThat(first.message().health.healthy).isTrue();
        assertThat(first.message().health.start_time_unix_nano).isPositive();
        assertThat(first.status("agent").agent_has_version).isEqualTo("v1");
        assertThat(first.headers().get("opamp-instance-uid")).isEqualTo(client.instanceUid());
        assertThat(first.headers().get("authorization")).isEqualTo("Bearer secret");
        UUID uid = UUID.fromString(client.instanceUid());
        assertThat(uid.version()).isEqualTo(7);
        assertThat(uid.variant()).isEqualTo(2);
    }

    @Test
    void poll_saysNothingTwice() throws Exception {
        start(builder(Transports.HTTP));
        next();

        Received second = next();
        Received third = next();

        assertThat(second.message().package_statuses).isNull();
        assertThat(second.message().agent_description).isNull();
        assertThat(second.message().health).isNull();
        assertThat(third.message().sequence_num).isEqualTo(2);
    }

    /** A download that fails, so the offer must not come again. */
    @ParameterizedTest
    @EnumSource
    void offer_isTakenUpOnce_andItsHashIsShownAfterTheFailureToo(Transports transport) throws Exception {
        server.offer = Optional.of(offer(ALL, "v2", server.http().resolve("/files/missing")));
        AgentUpdates updates = start(builder(transport));

        Received pending = await(says(PackageStatusEnum.PackageStatusEnum_InstallPending));
        Received failed = await(says(PackageStatusEnum.PackageStatusEnum_InstallFailed));

        for (Received received : List.of(pending, failed)) {
            assertThat(received.message().package_statuses.server_provided_all_packages_hash)
                    .isEqualTo(ALL);
            assertThat(received.status("agent").server_offered_version).isEqualTo("v2");
            assertThat(received.status("agent").server_offered_hash).isEqualTo(ByteString.encodeUtf8("hash of v2"));
        }
        assertThat(failed.status("agent").error_message).contains("answers 404");
        assertThat(failed.status("agent").agent_has_version).isEqualTo("v1");
        server.answers.add(usual -> usual.newBuilder().flags(REPORT_FULL_STATE).build());
        client.health(false, "look");
        Received full = await(isFull());
        assertThat(full.status("agent").status).isEqualTo(PackageStatusEnum.PackageStatusEnum_InstallFailed);
        assertThat(updates.statuses().packages().get("agent").errorMessage()).contains("answers 404");
        assertThat(server.all.stream().filter(says(PackageStatusEnum.PackageStatusEnum_InstallPending)))
                .hasSize(1);
    }

    /** No answer to a message unless something has changed. */
    @Test
    void messageOfTheServer_thatChangesNothing_isNotAnswered() throws Exception {
        start(builder(Transports.WEB_SOCKET));
        next();

        server.broadcast(new ServerToAgent.Builder()
                .capabilities(FleetServer.CAPABILITIES)
                .build());
        server.broadcast(new ServerToAgent.Builder().flags(REPORT_FULL_STATE).build());

        Received second = next();
        assertThat(second).matches(isFull());
        assertThat(second.message().sequence_num).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void newInstanceUid_isAdoptedAndKept(Transports transport) throws Exception {
        ByteString given = ByteString.decodeHex("018f0000000070008000000000000001");
        server.answers.add(usual -> usual.newBuilder()
                .agent_identification(new AgentIdentification(given))
                .flags(REPORT_FULL_STATE)
                .build());
        start(builder(transport));
        next();

        assertThat(next().message().instance_uid).isEqualTo(given);
        client.close();

        assertThat(builder(transport).build().instanceUid()).isEqualTo("018f0000-0000-7000-8000-000000000001");
    }

    @Test
    void messageForAnotherAgent_isLeftAlone() throws Exception {
        start(builder(Transports.WEB_SOCKET));
        next();

        server.broadcast(new ServerToAgent.Builder()
                .instance_uid(ByteString.of(new byte[16]))
                .flags(REPORT_FULL_STATE)
                .build());
        client.health(false, "now");

        Received second = next();
        assertThat(second.message().health.last_error).isEqualTo("now");
        assertThat(second.message().agent_description).isNull();
    }

    @Test
    void serverThatOffersNoPackages_isNotBelieved() throws Exception {
        server.capabilities = 0x1 | 0x10;
        server.offer = Optional.of(offer(ALL, "v2", server.http()));
        AgentUpdates updates = start(builder(Transports.HTTP));
        next();
        next();

        assertThat(updates.statuses().allPackagesHash().isEmpty()).isTrue();
    }

    @Test
    void serverThatTakesNoPackageStatuses_getsThemInTheFirstMessageOnly() throws Exception {
        server.capabilities = 0x1 | 0x8;
        server.offer = Optional.of(offer(ALL, "v2", server.http().resolve("/files/missing")));
        AgentUpdates updates = start(builder(Transports.HTTP));
        assertThat(next().message().package_statuses).isNotNull();

        while (updates.statuses().packages().get("agent").errorMessage().isEmpty()) {
            assertThat(next().message().package_statuses).isNull();
        }
        assertThat(next().message().package_statuses).isNull();
    }

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

    /** What an update does not need is there, and changes nothing. */
    @Test
    void messageWithOtherFields_isUnderstood() throws Exception {
        server.answers.add(usual -> usual.newBuilder()
                .remote_config(new AgentRemoteConfig(new AgentConfigMap(Map.of()), ByteString.encodeUtf8("h")))
                .flags(REPORT_FULL_STATE | 2)
                .build());
        start(builder(Transports.HTTP));
        next();

        assertThat(next()).matches(isFull());
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
    void health_isToldWhenItChanges() throws Exception {
        start(builder(Transports.WEB_SOCKET));
        next();

        client.health(false, "disk full");

        Received second = next();
        assertThat(second.message().health.healthy).isFalse();
        assertThat(second.message().health.last_error).isEqualTo("disk full");
        assertThat(second.message().health.start_time_unix_nano).isZero();
        assertThat(second.message().package_statuses).isNull();
    }

    @Test
    void fullReports_areNotGivenAgainAndAgain() throws Exception {
        for (int i = 0; i < 50; i++) {
            server.answers.add(
                    usual -> usual.newBuilder().flags(REPORT_FULL_STATE).build());
        }
        start(builder(Transports.WEB_SOCKET));
        next();
        assertThat(next()).matches(isFull());

        assertThat(server.inbox.poll(1, TimeUnit.SECONDS)).isNull();
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
