package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** Updates of an agent that knows of no updater: it reports nothing, and is judged by what answers. */
final class ProbedUpdateTests {
    /** Of the points at which the updater is killed, one in so many is tried. */
    private static final int STRIDE = 31;

    @TempDir
    private Path directory;

    private final HttpServer server = server();
    private int worlds;

    /** What the endpoint answers. */
    private volatile int answer = 404;

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() {
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answers(int status) {
        answer = status;
    }

    private Probe http() {
        return new Probe.Http(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/health"), 200, Optional.empty());
    }

    private World world(Probe... probes) throws IOException {
        World world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                Definition.OUTSIDE,
                product -> ProductEdit.of(product).probes(probes).product(),
                context -> context);
        Files.delete(world.home(World.STATUS));
        return world;
    }

    private void assertUpdated(World world) {
        assertThat(world.service.running).isEqualTo(World.NEW);
        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.home(World.STATUS)).doesNotExist();
    }

    private void assertOld(World world, TreeSnapshot before) {
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.home(World.STATUS)).doesNotExist();
    }

    @Test
    void update_newAgentAnswers_staysAndNoStatusFileIsWritten() throws Exception {
        try (World world = world(http())) {
            world.newAgent(-1, () -> world.clock.after(Duration.ofMillis(900), () -> answers(200)));

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertUpdated(world);
        }
    }

    @Test
    void update_newAgentAnswersOtherwise_isRolledBackAndTheAnswerNamed() throws Exception {
        try (World world = world(http())) {
            TreeSnapshot before = world.home();
            world.newAgent(-1, () -> answers(503));

            assertThat(world.update()).isEqualTo(1);

            assertOld(world, before);
            assertThat(world.failure).contains("/health answers 503, not 200");
        }
    }

    @Test
    void update_newAgentAnswersAndThenNoMore_isRolledBack() throws Exception {
        try (World world = world(http())) {
            TreeSnapshot before = world.home();
            world.newAgent(-1, () -> {
                answers(200);
                for (int at = 300; at < 3000; at += 300) {
                    int status = at % 600 == 0 ? 200 : 500;
                    world.clock.after(Duration.ofMillis(at), () -> answer = status);
                }
            });

            assertThat(world.update()).isEqualTo(1);

            assertOld(world, before);
        }
    }

    @Test
    void update_newAgentAnswersAndExits_isRolledBack() throws Exception {
        try (World world = world(http())) {
            TreeSnapshot before = world.home();
            world.newAgent(-1, () -> {
                answers(200);
                world.clock.after(Duration.ofMillis(400), () -> world.service.exit(Activity.FAILED));
            });

            assertThat(world.update()).isEqualTo(1);

            assertOld(world, before);
        }
    }

    @Test
    void update_somebodyElseAnswersWhileTheAgentIsStopped_isRolledBack() throws Exception {
        try (World world = world(http())) {
            TreeSnapshot before = world.home();
            answers(200);

            assertThat(world.update()).isEqualTo(1);

            assertOld(world, before);
            assertThat(world.failure).contains("somebody else answers at http://127.0.0.1:");
            assertThat(world.service.calls()).containsOnlyOnce("start");
        }
    }

    @Test
    void update_runsForAsLongAsAsked_stays() throws Exception {
        try (World world = world(new Probe.Running(Duration.ofSeconds(5)), new Probe.Ready())) {
            long begin = world.clock.nanos();

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertUpdated(world);
            assertThat(world.clock.since(begin)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(6));
        }
    }

    @Test
    void update_exitsBeforeItHasRunForAsLongAsAsked_isRolledBack() throws Exception {
        try (World world = world(new Probe.Running(Duration.ofSeconds(5)))) {
            TreeSnapshot before = world.home();
            world.newAgent(
                    -1, () -> world.clock.after(Duration.ofMillis(4900), () -> world.service.exit(Activity.INACTIVE)));

            assertThat(world.update()).isEqualTo(1);

            assertOld(world, before);
        }
    }

    @Test
    void update_agentReportsAndMustAnswerToo_needsBoth() throws Exception {
        try (World world = world(new Probe.Report(), http())) {
            world.write("home/" + World.STATUS, World.status(2, "installing"), 0600);
            TreeSnapshot before = world.home();
            world.newAgent(0, () -> {});

            assertThat(world.update()).isEqualTo(1);

            assertThat(world.service.running).isEqualTo(World.OLD);
            assertThat(world.home().changesSince(before)).isEmpty();
            assertThat(world.home(World.STATUS)).content().contains("\"status\":3");
            assertThat(world.failure).contains("answers 404, not 200");
        }
        try (World world = world(new Probe.Report(), http())) {
            world.write("home/" + World.STATUS, World.status(2, "installing"), 0600);
            world.newAgent(0, () -> answers(200));

            assertThat(world.update()).as(() -> world.failure).isZero();
            assertThat(world.home("agent")).hasContent(World.NEW);
        }
    }

    /** No report says which version was healthy: where no commit is recorded, the old one comes back. */
    @Test
    void update_killedAnywhere_isWhollyOldOrWhollyNewOnceRecovered() throws Exception {
        int kills = 0;
        boolean ended = false;
        for (int point = 1; !ended; point += STRIDE) {
            try (World world = world(new Probe.Running(Duration.ofSeconds(1)))) {
                TreeSnapshot before = world.home();
                int at = point;
                ended = !world.killed(() -> world.points.killAt(at), true);
                kills++;

                world.recover();

                if (world.service.running.equals(World.NEW)) {
                    assertUpdated(world);
                } else {
                    assertOld(world, before);
                }
            }
        }
        assertThat(kills).isGreaterThan(5);
    }
}
