package updater.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import updater.agent.download.DownloadLimits;
import updater.agent.schedule.Ticker;

/** The home of an agent, the agents in it one after the other, and what they told. */
final class AgentHome {
    static final Hash ALL = Hash.ofHex("a11a");

    private static final long LIMIT_S = 60;

    /** What was told, with the bytes of the status file at that moment. */
    record Told(PackageStatuses statuses, String file) {
        PackageStatus own() {
            return statuses.packages().get("agent");
        }
    }

    final LinkedBlockingQueue<Told> told = new LinkedBlockingQueue<>();
    final TestTicker ticker = new TestTicker();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Path home;

    AgentHome(Path home) {
        this.home = home;
    }

    AgentUpdates agent(String version, HandOver handOver) {
        return agent(version, handOver, ticker);
    }

    AgentUpdates agent(String version, HandOver handOver, Ticker clock) {
        AgentUpdates updates = AgentUpdates.builder(home, "agent", version)
                .handOver(handOver)
                .listener(this::tell)
                .limits(new Limits(
                        1 << 20,
                        Duration.ofSeconds(5),
                        3,
                        Duration.ofHours(1),
                        Duration.ofSeconds(20),
                        Duration.ofMinutes(2)))
                .world(clock, new Random(3), DownloadLimits.BACKOFF)
                .build();
        open(updates);
        return updates;
    }

    void tell(PackageStatuses statuses) {
        told.add(new Told(statuses, file()));
    }

    /** Closes it, after all that were opened later. */
    void open(AutoCloseable opened) {
        open.add(0, opened);
    }

    FileServer server(byte[] bundle) throws IOException {
        FileServer server = new FileServer(bundle);
        open.add(server);
        return server;
    }

    Path at(String path) {
        return home.resolve(path);
    }

    String file() {
        try {
            return Files.readString(at("package_statuses.json"));
        } catch (IOException e) {
            return "";
        }
    }

    void write(String content) throws IOException {
        Files.writeString(at("package_statuses.json"), content);
    }

    static OfferedPackage offered(FileServer server, String version, byte[] bundle) {
        return OfferedPackage.of("agent", version, server.uri(), TestBundle.sha256(bundle));
    }

    static OfferedPackage signed(FileServer server, String version, byte[] bundle, Hash statement) {
        return new OfferedPackage(
                "agent", version, Hash.ofHex("02"), server.uri(), TestBundle.sha256(bundle), statement, List.of());
    }

    static Offer offer(OfferedPackage... packages) {
        return new Offer(List.of(packages), ALL);
    }

    Told await(Predicate<Told> wanted) throws InterruptedException {
        while (true) {
            Told next = told.poll(LIMIT_S, TimeUnit.SECONDS);
            assertThat(next).as("a status within " + LIMIT_S + " s").isNotNull();
            // Whatever is told was written before.
            InstallStatus status = next.own().status();
            int written = status == InstallStatus.DOWNLOADING ? 1 : status.number();
            assertThat(next.file()).contains("\"status\":" + written);
            if (wanted.test(next)) {
                return next;
            }
        }
    }

    Told await(InstallStatus status) throws InterruptedException {
        return await(next -> next.own().status() == status);
    }

    /** Waits for what another process, or another thread, makes. */
    static void awaitFile(Path file) {
        long begin = System.nanoTime();
        while (!Files.exists(file)) {
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_S));
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Closes everything that was opened, the last one first. */
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }
}
