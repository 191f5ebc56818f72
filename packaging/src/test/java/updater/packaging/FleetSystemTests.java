package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import okio.ByteString;
import opamp.proto.DownloadableFile;
import opamp.proto.Header;
import opamp.proto.Headers;
import opamp.proto.PackageAvailable;
import opamp.proto.PackagesAvailable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.agent.AgentUpdates;
import updater.agent.HandOver;
import updater.agent.InstallStatus;
import updater.opamp.OpampClient;
import updater.opamp.fleet.FleetServer;

/** Two hundred agents with the real library, offered an update by one server at one instant. */
@Tag("slow")
final class FleetSystemTests {
    private static final int AGENTS = 200;
    private static final int BUNDLE = 200_000;
    private static final long LIMIT_S = 240;

    @TempDir
    Path homes;

    private static PackagesAvailable offer(URI file, byte[] bundle) {
        return new PackagesAvailable.Builder()
                .all_packages_hash(ByteString.encodeUtf8("all"))
                .packages(Map.of(
                        "agent",
                        new PackageAvailable.Builder()
                                .version("v2")
                                .hash(ByteString.encodeUtf8("v2"))
                                .file(new DownloadableFile.Builder()
                                        .download_url(file.toString())
                                        .content_hash(ByteString.of(bundle).sha256())
                                        .signature(ByteString.encodeUtf8("signed"))
                                        .headers(new Headers(List.of(new Header("Update-Spread", "5"))))
                                        .build())
                                .build()))
                .build();
    }

    /** Returns the seconds until the agent has handed the bundle over. */
    private double agent(int number, URI server, long begin) throws Exception {
        Path home = Files.createDirectory(homes.resolve("agent-" + number));
        CountDownLatch handedOver = new CountDownLatch(1);
        try (OpampClient client = OpampClient.builder(server, home.resolve("instance-uid"))
                        .identifiedBy("service.name", "org.example.agent")
                        .pollInterval(Duration.ofSeconds(5))
                        .build();
                AgentUpdates updates = AgentUpdates.builder(home, "agent", "v1")
                        .handOver(HandOver.REQUEST)
                        .listener(statuses -> {
                            client.changed(statuses);
                            if (statuses.packages().get("agent").status() == InstallStatus.INSTALLING) {
                                handedOver.countDown();
                            }
                        })
                        .build()) {
            client.start(updates);
            assertThat(handedOver.await(LIMIT_S, TimeUnit.SECONDS)).isTrue();
            return (System.nanoTime() - begin) / 1e9;
        }
    }

    @Test
    void fleet_downloadsOnceEach_overTheSpread() throws Exception {
        byte[] bundle = new byte[BUNDLE];
        new Random(1).nextBytes(bundle);
        List<Double> seconds = new ArrayList<>();
        try (FleetServer server = new FleetServer();
                ExecutorService agents = Executors.newVirtualThreadPerTaskExecutor()) {
            server.offer = Optional.of(offer(server.serve("bundle", bundle), bundle));
            long begin = System.nanoTime();
            List<Future<Double>> running = new ArrayList<>();
            for (int i = 0; i < AGENTS; i++) {
                int number = i;
                running.add(agents.submit(() -> agent(number, server.http(), begin)));
            }
            for (Future<Double> agent : running) {
                seconds.add(agent.get());
            }
            assertThat(server.violations).isEmpty();
            assertThat(server.bytesSent).hasValue((long) AGENTS * BUNDLE);
            Collections.sort(seconds);
            System.out.printf(
                    "%d agents, spread 5 s: %,d bytes, %d downloads at a time at most, half after %.1f s, 99 %% after %.1f s, "
                            + "%d messages%n",
                    AGENTS,
                    server.bytesSent.get(),
                    server.peakDownloads.get(),
                    seconds.get(AGENTS / 2),
                    seconds.get(AGENTS * 99 / 100),
                    server.all.size());
        }
    }
}
