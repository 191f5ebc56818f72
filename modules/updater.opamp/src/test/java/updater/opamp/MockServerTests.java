package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.agent.AgentUpdates;
import updater.agent.schedule.Backoff;
import updater.agent.schedule.Ticker;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonText;

/** The client, and the mock server that Elastic tests its own clients with. {@code .ci/run} installs it. */
final class MockServerTests {
    private static final Path INSTALLED = Path.of("src/test/npm");

    @TempDir
    Path home;

    @Test
    void mockServer_decodesEveryMessage_andFindsNothingWrong() throws Exception {
        assumeTrue(
                Files.isDirectory(INSTALLED.resolve("node_modules")),
                "not installed: npm ci --prefix modules/updater.opamp/src/test/npm --ignore-scripts");
        Process node = new ProcessBuilder(List.of(
                        "node",
                        INSTALLED.resolve("server.cjs").toString(),
                        INSTALLED.toAbsolutePath().toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = node.inputReader(StandardCharsets.UTF_8)) {
            URI endpoint = URI.create(said.readLine());
            String uid;
            try (OpampClient client = OpampClient.builder(endpoint, home.resolve("uid"))
                            .identifiedBy("service.name", "org.example.agent")
                            .pollInterval(Duration.ofMillis(50))
                            .world(
                                    Ticker.system(),
                                    new Random(1),
                                    new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)))
                            .build();
                    AgentUpdates updates = AgentUpdates.builder(home, "agent", "v1")
                            .listener(client)
                            .build()) {
                client.start(updates);
                client.health(false, "disk full");
                uid = client.instanceUid();
                assertThat(said.readLine()).isEqualTo("enough");
            }
            node.getOutputStream().close();
            List<JsonNode> requests = JsonNode.root(JsonText.parse(said.readLine(), JsonText.Strictness.LENIENT))
                    .elements();

            assertThat(requests).isNotEmpty();
            for (JsonNode request : requests) {
                assertThat(request.optional("err")).isEmpty();
                assertThat(request.member("res").member("statusCode").number()).isEqualTo(200);
            }
            JsonNode first = requests.get(0).member("a2s");
            assertThat(first.member("instanceUid").text()).isEqualTo(uid.replace("-", ""));
            assertThat(first.member("capabilities").text()).isEqualTo(Integer.toString(0x819));
            JsonNode status = first.member("packageStatuses").member("packages").member("agent");
            assertThat(status.member("agentHasVersion").text()).isEqualTo("v1");
            assertThat(status.value()).isInstanceOf(Json.Members.class);
        } finally {
            node.destroyForcibly();
        }
    }
}
