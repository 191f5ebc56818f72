package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import okio.ByteString;
import opamp.proto.PackageStatusEnum;
import opamp.proto.PackagesAvailable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.opamp.fleet.FleetServer;

/**
 * A Java agent is killed at one of its file operations, from its start to the request that it leaves for root's updater, and
 * started again. It needs no privilege and no box.
 */
final class OpampKillSweepSystemTests {
    private static final int TRIES = 6;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = SampleAgent.BINDPLANE;
    private static final SampleAgent V1 = SampleAgent.bindplane("v1").inJava();
    private static final byte[] BUNDLE = bundle();

    private static int operations;
    private static int requested;
    private static int failed;
    private static int killed;

    @TempDir
    Path directory;

    private static byte[] bundle() {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @AfterAll
    static void report() {
        System.out.printf(
                "agent killed %d times in %d tries, of %d operations: %d requests left, %d failures told%n",
                killed, requested + failed, operations, requested, failed);
    }

    @Test
    void agent_killedAtAFileOperation_leavesAWholeRequestOrSaysThatItFailed() throws Exception {
        Path library = Fault.compile(directory.resolve("faults.so"));
        List<String> recorded = record(library);
        operations = recorded.size();
        assertThat(operations).isGreaterThan(20);
        Random random = SweepSeed.random("agent");

        for (int point : SweepSample.sample(operations, TRIES, random)) {
            boolean write = recorded.get(point - 1).contains(" write ");
            List<Fault.Mode> modes = write
                    ? List.of(Fault.Mode.KILL_BEFORE, Fault.Mode.KILL_AFTER, Fault.Mode.HALF)
                    : List.of(Fault.Mode.KILL_BEFORE, Fault.Mode.KILL_AFTER);
            Fault fault = Fault.of(modes.get(random.nextInt(modes.size())), point);
            try {
                killedAndStartedAgain(library, fault);
            } catch (AssertionError e) {
                throw new AssertionError(fault + " at " + recorded.get(point - 1), e);
            }
        }
        assertThat(killed).isGreaterThan(TRIES / 2);
        assertThat(requested).isPositive();
    }

    private List<String> record(Path library) throws Exception {
        Path home = home();
        Path control = directory.resolve("record");
        try (FleetServer server = server()) {
            connect(home, server);
            Process agent = start(home, library, control, Fault.RECORDED);
            try {
                awaitOutcome(server, home, agent);
            } finally {
                kill(agent);
            }
        }
        return Files.readAllLines(Path.of(control + ".log"));
    }

    private void killedAndStartedAgain(Path library, Fault fault) throws Exception {
        Path home = home();
        Path control = directory.resolve("control");
        Files.deleteIfExists(Path.of(control + ".hit"));
        try (FleetServer server = server()) {
            connect(home, server);
            Process first = start(home, library, control, fault);
            try {
                Await.until(LIMIT, "the agent is killed or done", () -> !first.isAlive() || hasRequested(home));
            } finally {
                kill(first);
            }
            killed += Files.exists(Path.of(control + ".hit")) ? 1 : 0;
            Process second = start(home, library, control, Fault.NONE);
            try {
                awaitOutcome(server, home, second);
            } finally {
                kill(second);
            }
            assertThat(server.violations).isEmpty();
        }
        judge(home);
    }

    /** Either everything that root's updater needs, or nothing. */
    private static void judge(Path home) throws IOException {
        Path offer = home.resolve("tmp/offer");
        String status = Files.readString(home.resolve("package_statuses.json"));
        if (hasRequested(home)) {
            requested++;
            assertThat(offer.resolve("bundle.tar.gz")).hasBinaryContent(BUNDLE);
            assertThat(offer.resolve("bundle.tar.gz.release")).hasContent("signed");
            assertThat(status).contains("\"status\":2");
        } else {
            failed++;
            assertThat(offer).doesNotExist();
        }
        try (Stream<Path> files = Files.walk(home.resolve("tmp"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> offer.relativize(file).toString()))
                    .isSubsetOf("bundle.tar.gz", "bundle.tar.gz.release", "request.json", "../download/offer.json");
        }
    }

    private static boolean hasRequested(Path home) {
        return Files.exists(home.resolve("tmp/offer/request.json"));
    }

    private static void awaitOutcome(FleetServer server, Path home, Process agent) {
        Await.until(LIMIT, () -> "an outcome; the agent " + (agent.isAlive() ? "runs" : "has ended"), () -> {
            FleetServer.Received last = server.all.stream()
                    .filter(received -> received.message().package_statuses != null)
                    .reduce((before, after) -> after)
                    .orElseThrow();
            PackageStatusEnum status = last.status(NAME).status;
            return status == PackageStatusEnum.PackageStatusEnum_InstallFailed
                    || status == PackageStatusEnum.PackageStatusEnum_Installing && hasRequested(home);
        });
    }

    private Path home() throws IOException {
        Path home = Files.createTempDirectory(directory, "home").resolve("home");
        return V1.at(home.toString()).writeHome(home);
    }

    private static FleetServer server() throws IOException {
        FleetServer server = new FleetServer();
        OpampOffer offer = new OpampOffer(
                "v2",
                BUNDLE,
                ByteString.of(BUNDLE).sha256(),
                ByteString.encodeUtf8("signed"),
                ByteString.encodeUtf8("v2"));
        PackagesAvailable packages = offer.servedBy(server);
        server.offer = Optional.of(packages);
        return server;
    }

    private static void connect(Path home, FleetServer server) throws IOException {
        Files.writeString(home.resolve("manager.yaml"), "endpoint: " + server.webSocket() + "\nhand-over: request\n");
    }

    private static Process start(Path home, Path library, Path control, Fault fault) throws IOException {
        Files.writeString(control, fault.line());
        ProcessBuilder agent = Command.prepare(List.of(home.resolve("agent").toString()));
        agent.environment()
                .putAll(Map.of(
                        "LD_PRELOAD", library.toString(),
                        "FAULTS", control.toString(),
                        "FAULTS_BELOW", home.toString(),
                        "FAULTS_EXCEPT", "/agent.log"));
        return agent.redirectErrorStream(true)
                .redirectOutput(home.resolve("log/agent.out").toFile())
                .start();
    }

    private static void kill(Process agent) throws InterruptedException {
        agent.destroyForcibly();
        assertThat(agent.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
}
