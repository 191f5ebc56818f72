package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
import opamp.proto.ServerToAgent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.agent.AgentUpdates;
import updater.opamp.fleet.FleetServer;
import updater.opamp.fleet.FleetServer.Received;

/** The client, and a server whose messages are written and read by other code. */
final class OpampClientTests extends ServedClient {
    private static final ByteString ALL = ByteString.decodeHex("a11a");

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
}
