package updater.transaction.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessUser;
import updater.transaction.context.AgentCommands;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** Real HTTP servers and real commands are asked. */
final class ProbesTests {
    private final HttpServer server = server();
    private final long self = ProcessHandle.current().pid();
    private final long user = ProcessUser.of(self).orElseThrow().user();

    @TempDir
    Path directory;

    private int status = 200;
    private String body = "";

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() {
        server.createContext("/health", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Location", "http://localhost:1/");
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/health");
    }

    private Probes probes(Probe... probes) throws IOException {
        World world = new World(
                Files.createTempDirectory(directory.toRealPath(), "world"),
                updater.transaction.world.FakeService.Definition.OUTSIDE,
                product -> ProductEdit.of(product).probes(probes).product(),
                context -> context);
        return new Probes(world.context(), new AgentCommands(new RealCommands(), user));
    }

    private Optional<String> failing(Probe... probes) throws IOException {
        return probes(probes).failing(new ServiceState(Activity.RUNNING, self, 0, "runs"));
    }

    @Test
    void http_expectedAnswer_holds() throws IOException {
        body = "{\"status\":\"Server available\"}";

        assertThat(failing(new Probe.Http(url(), 200, Optional.of("available"))))
                .isEmpty();
        status = 503;
        assertThat(failing(new Probe.Http(url(), 503, Optional.of("available"))))
                .isEmpty();
    }

    @Test
    void http_anotherAnswer_isNamed() throws IOException {
        status = 503;
        assertThat(failing(new Probe.Http(url(), 200, Optional.empty()))).contains(url() + " answers 503, not 200");
        status = 302;
        assertThat(failing(new Probe.Http(url(), 200, Optional.empty()))).contains(url() + " answers 302, not 200");
        status = 200;
        body = "starting";
        assertThat(failing(new Probe.Http(url(), 200, Optional.of("available"))))
                .contains("the answer of " + url() + " does not contain 'available'");
    }

    @Test
    void http_nobodyListens_isNamed() throws IOException {
        server.stop(0);

        assertThat(failing(new Probe.Http(url(), 200, Optional.empty())).orElseThrow())
                .startsWith(url() + " does not answer: ");
    }

    @Test
    void http_connectionWithoutAnswer_isNotWaitedForForLong() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            URI url = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/");

            assertThat(failing(new Probe.Http(url, 200, Optional.empty())).orElseThrow())
                    .contains("timed out");
        }
    }

    @Test
    void silence_somebodyElseAnswers_isUnhealthy() throws Exception {
        Probes probes = probes(new Probe.Http(url(), 200, Optional.empty()));

        assertThatExceptionOfType(UpdateFailure.Unhealthy.class)
                .isThrownBy(probes::requireSilence)
                .withMessageContaining("somebody else answers at " + url());
        status = 500;
        probes.requireSilence();
        server.stop(0);
        probes.requireSilence();
    }

    @Test
    void command_thatSucceeds_holds() throws IOException {
        Path marker = directory.resolve("marker");

        assertThat(failing(command("test -e " + marker)).orElseThrow()).contains("ended with 1");
        Files.createFile(marker);
        assertThat(failing(command("test -e " + marker))).isEmpty();
    }

    @Test
    void command_thatFails_isShownWithItsOutput() throws IOException {
        assertThat(failing(command("echo no pipeline >&2; exit 3")).orElseThrow())
                .contains("ended with 3: no pipeline");
    }

    @Test
    void command_inHome_isFound() throws IOException {
        Probes probes = probes(new Probe.Command(List.of("[INSTALLDIR]agent"), Duration.ofSeconds(5)));

        assertThat(probes.failing(new ServiceState(Activity.RUNNING, self, 0, "runs"))
                        .orElseThrow())
                .doesNotContain("[INSTALLDIR]");
    }

    @Test
    void command_ofAServiceWhoseUserIsUnknown_isNotRun() throws IOException {
        Probes probes = probes(command("true"));

        assertThat(probes.failing(new ServiceState(Activity.RUNNING, 0, 0, "runs"))
                        .orElseThrow())
                .contains("cannot be told as which user");
    }

    @Test
    void probes_severalOfThem_firstThatFailsIsNamed() throws IOException {
        assertThat(failing(command("true"), new Probe.Ready(), command("echo second; exit 1"), command("exit 9"))
                        .orElseThrow())
                .contains("second");
    }

    private static Probe command(String script) {
        return new Probe.Command(List.of("/bin/sh", "-c", script), Duration.ofSeconds(30));
    }
}
