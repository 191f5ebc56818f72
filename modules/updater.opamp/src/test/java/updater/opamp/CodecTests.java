package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import okio.ByteString;
import opamp.proto.DownloadableFile;
import opamp.proto.Header;
import opamp.proto.Headers;
import opamp.proto.PackageAvailable;
import opamp.proto.PackageType;
import opamp.proto.PackagesAvailable;
import opamp.proto.ServerToAgent;
import org.junit.jupiter.api.Test;
import updater.agent.DownloadProgress;
import updater.agent.Hash;
import updater.agent.InstallStatus;
import updater.agent.Offer;
import updater.agent.OfferedPackage;
import updater.agent.PackageStatus;
import updater.agent.PackageStatuses;
import updater.agent.PackageVersion;
import updater.opamp.fleet.Conformance;
import updater.opamp.wire.Wire;

/** Our codec beside one that others have generated from the specification's own file. */
final class CodecTests {
    private static final byte[] UID = new byte[16];
    private static final AgentHealth HEALTH = new AgentHealth(true, Instant.ofEpochSecond(1_700_000_000L, 5), "");

    private static Hash hash(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(40)];
        random.nextBytes(bytes);
        return Hash.of(bytes);
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(20), 1, 0x2000)
                .filter(Character::isDefined)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static PackageStatus status(String name, Random random) {
        InstallStatus status = InstallStatus.values()[random.nextInt(5)];
        Optional<DownloadProgress> progress = random.nextBoolean()
                ? Optional.of(new DownloadProgress(random.nextInt(100), OptionalLong.of(100), random.nextDouble()))
                : Optional.empty();
        // Whatever the agent says, what is sent is according to the rules.
        return new PackageStatus(
                name,
                new PackageVersion("v" + text(random), hash(random)),
                new PackageVersion("v" + text(random), hash(random)),
                status,
                text(random),
                progress);
    }

    @Test
    void ourMessages_areReadByOthers_asTheyWereMeant() throws Exception {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Map<String, PackageStatus> packages = new LinkedHashMap<>();
            for (int i = 0; i <= random.nextInt(4); i++) {
                packages.put("p" + i, status("p" + i, random));
            }
            PackageStatuses said = new PackageStatuses(hash(random), text(random), packages);
            Session session = new Session(new ClientSettings.Identity(
                    Path.of("unused"), Map.of("service.name", text(random)), Map.of("os.type", "linux")));

            byte[] ours = session.next(UID, said, HEALTH).toByteArray();

            opamp.proto.AgentToServer theirs = opamp.proto.AgentToServer.ADAPTER.decode(ours);
            assertThat(Conformance.violations(theirs)).as("seed %s", seed).isEmpty();
            assertThat(theirs.health.start_time_unix_nano).isEqualTo(1_700_000_000_000_000_005L);
            assertThat(theirs.package_statuses.error_message).isEqualTo(said.errorMessage());
            assertThat(theirs.package_statuses.server_provided_all_packages_hash.toByteArray())
                    .isEqualTo(said.allPackagesHash().bytes());
            assertThat(theirs.package_statuses.packages.keySet()).isEqualTo(packages.keySet());
            packages.forEach((name, meant) -> {
                opamp.proto.PackageStatus read = theirs.package_statuses.packages.get(name);
                assertThat(read.status.getValue()).isEqualTo(meant.status().number());
                assertThat(read.agent_has_version).isEqualTo(meant.agent().version());
                assertThat(read.agent_has_hash.toByteArray())
                        .isEqualTo(meant.agent().hash().bytes());
                assertThat(read.server_offered_version)
                        .isEqualTo(meant.offered().version());
                assertThat(read.server_offered_hash.toByteArray())
                        .isEqualTo(meant.offered().hash().bytes());
                if (meant.status() == InstallStatus.DOWNLOADING
                        && meant.progress().isPresent()) {
                    assertThat(read.download_details.download_bytes_per_second)
                            .isEqualTo(meant.progress().get().bytesPerSecond());
                    assertThat(read.download_details.download_percent)
                            .isEqualTo(meant.progress().get().percent().orElseThrow());
                }
            });
            // Nothing of it was unknown to them.
            assertThat(theirs.unknownFields().size()).isZero();
            assertThat(Wire.AgentToServer.parseFrom(opamp.proto.AgentToServer.ADAPTER.encode(theirs)))
                    .isEqualTo(Wire.AgentToServer.parseFrom(ours));
        }
    }

    @Test
    void theirOffers_areReadByUs_asTheyWereMeant() throws Exception {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            byte[] hash = hash(random).bytes();
            byte[] content = hash(random).bytes();
            byte[] signature = text(random).getBytes(StandardCharsets.UTF_8);
            String value = text(random);
            PackageAvailable offered = new PackageAvailable.Builder()
                    .type(PackageType.PackageType_TopLevel)
                    .version("v" + seed)
                    .hash(ByteString.of(hash))
                    .file(new DownloadableFile.Builder()
                            .download_url("https://vendor.example/" + seed)
                            .content_hash(ByteString.of(content))
                            .signature(ByteString.of(signature))
                            .headers(new Headers(List.of(new Header("Authorization", value))))
                            .build())
                    .build();
            byte[] theirs = ServerToAgent.ADAPTER.encode(new ServerToAgent.Builder()
                    .packages_available(new PackagesAvailable.Builder()
                            .packages(Map.of("agent", offered))
                            .all_packages_hash(ByteString.of(hash))
                            .build())
                    .build());

            Offer read = Offers.of(Wire.ServerToAgent.parseFrom(theirs).getPackagesAvailable());

            assertThat(read.allPackagesHash().bytes()).isEqualTo(hash);
            assertThat(read.packages())
                    .containsExactly(new OfferedPackage(
                            "agent",
                            "v" + seed,
                            Hash.of(hash),
                            URI.create("https://vendor.example/" + seed),
                            Hash.of(content),
                            Hash.of(signature),
                            List.of(new OfferedPackage.Header("Authorization", value))));
        }
    }

    /** Fields of a later version of the protocol survive. */
    @Test
    void unknownFields_survive() throws Exception {
        byte[] theirs = ServerToAgent.ADAPTER.encode(new ServerToAgent.Builder()
                .custom_message(new opamp.proto.CustomMessage("org.example", "x", ByteString.encodeUtf8("data")))
                .flags(1)
                .build());

        byte[] through = Wire.ServerToAgent.parseFrom(theirs).toByteArray();

        assertThat(ServerToAgent.ADAPTER.decode(through).custom_message.data.utf8())
                .isEqualTo("data");
    }

    @Test
    void offer_withAnAddressThatIsNone_isStillAnOffer() {
        Offer offer = Offers.of(Wire.PackagesAvailable.newBuilder()
                .putPackages(
                        "agent",
                        Wire.PackageAvailable.newBuilder()
                                .setFile(Wire.DownloadableFile.newBuilder().setDownloadUrl("not an address\n"))
                                .build())
                .build());

        assertThat(offer.packages().get(0).file().getHost()).isNull();
    }
}
