package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where home is, what lies beside it and what is mounted in it. */
@SystemTest
final class HomeSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    private static SampleAgent v2(boolean succeeds) {
        return succeeds ? V2 : V2.behaving("report failed");
    }

    private static EndedUpdate assertEnded(EndedUpdate ended, boolean succeeded) {
        return succeeded
                ? ended.assertUpdated("v2")
                : ended.assertRolledBack("the new agent reported").assertProven();
    }

    @ParameterizedTest
    @CsvSource({
        "/etc/default, BDOT_CONFIG_HOME=/opt/elsewhere/collector, true",
        "/etc/default, BDOT_CONFIG_HOME=/opt/elsewhere/collector, false",
        "/etc/sysconfig, 'export BDOT_CONFIG_HOME=\"/opt/elsewhere/collector\"', true"
    })
    void home_namedByAnEnvironmentFile_isWhereTheUpdateGoes(
            String directory, String line, boolean succeeds, Box box, Bundles bundles) {
        String home = "/opt/elsewhere/collector";
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1.at(home));
        box.write(directory + "/" + SampleAgent.BINDPLANE, "# of the package\n" + line + "\n", "rw-r--r--");

        assertEnded(scenario.update(v2(succeeds).at(home)), succeeds);

        assertThat(box.exists(InstalledAgent.HOME)).isFalse();
        box.exec("rm", "-rf", "/opt/elsewhere").ok();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void jmxJar_besideHome_isReplacedThereAndNotInHome(boolean succeeds, Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        String beside = "/opt/" + InstalledAgent.JMX_JAR;
        box.write(beside, "jar of v1", "rw-r-----");
        box.exec("chown", "1234:2345", beside).ok();
        BoxedUpdate.Offer offer = scenario.offer(v2(succeeds));
        Files.writeString(offer.tree().resolve(InstalledAgent.JMX_JAR), "jar of v2");

        EndedUpdate ended = assertEnded(scenario.update(offer), succeeds);

        assertThat(box.at(beside)).hasContent(succeeds ? "jar of v2" : "jar of v1");
        assertThat(box.exec("stat", "-c", "%u:%g %a", beside).ok()).isEqualTo("1234:2345 640");
        assertThat(scenario.agent().home().resolve(InstalledAgent.JMX_JAR)).doesNotExist();
        if (!succeeds) {
            assertThat(ended.after()
                            .beside()
                            .orElseThrow()
                            .changesSince(ended.before().beside().orElseThrow()))
                    .isEmpty();
        }
    }

    @Test
    void jmxJar_withNoneBesideHome_goesIntoHome(Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2);
        Files.writeString(offer.tree().resolve(InstalledAgent.JMX_JAR), "jar of v2");

        scenario.update(offer).assertUpdated("v2");

        assertThat(scenario.agent().home().resolve(InstalledAgent.JMX_JAR)).hasContent("jar of v2");
        assertThat(box.exists("/opt/" + InstalledAgent.JMX_JAR)).isFalse();
    }

    /** Rename and link fail across it though the device is the same, or because it is another one. */
    @ParameterizedTest
    @CsvSource({"--bind /opt/other, true", "--bind /opt/other, false", "-t tmpfs none, true", "-t tmpfs none, false"})
    void mount_insideHome_isWrittenThrough(String mount, boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        String plugins = scenario.agent().inHome("plugins");
        box.exec("sh", "-c", """
                set -e
                mkdir -p /opt/other /opt/saved
                cp -a "$1"/. /opt/saved
                mount %s "$1"
                cp -a /opt/saved/. "$1"
                rm -r /opt/saved
                """.formatted(mount), "mount", plugins).ok();

        EndedUpdate ended = assertEnded(scenario.update(v2(succeeds)), succeeds);

        assertThat(box.exec("mountpoint", "-q", plugins).exit()).isZero();
        assertThat(box.exec("cat", plugins + "/common.yaml").ok()).endsWith(succeeds ? "v2" : "v1");
        assertThat(ended.before().home().entries()).containsKey("plugins/common.yaml");
        box.exec("sh", "-c", "umount \"$1\"; rm -rf /opt/other", "unmount", plugins)
                .ok();
    }

    /** The rewrite after a failure changes two members of a file that the agent and others wrote. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void statusFile_withUnknownMembersAndArrayHashes_keepsThem(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        String status = """
                {"all_packages_hash": [1, 2, 255], "future": {"status": 9, "list": [1.50, null]},
                 "package_states": {
                  "other": {"name": "other", "status": 5},
                  "observiq-otel-collector": {"name": "observiq-otel-collector", "agent_version": "v1", "agent_hash": [1, 2],
                   "server_version": "v2", "server_hash": [4, 5], "note": "k", "status": 2, "error_message": ""}}}
                """;
        scenario.writeStatus(status, "rw-r-----");
        box.exec("chown", "1234:2345", scenario.agent().inHome("package_statuses.json"))
                .ok();
        // Dies before it could report, so that the updater has to write.
        EndedUpdate ended = scenario.updateByHand(scenario.offer(succeeds ? V2 : V2.behaving("exit-at-start 1")));

        assertThat(ended.exit()).as(ended.output()).hasValue(succeeds ? 0 : 1);
        String after = ended.after().status().replaceAll("\\s+", "");
        assertThat(after)
                .contains("\"all_packages_hash\":[1,2,255]", "\"future\":{\"status\":9,\"list\":[1.50,null]}")
                .contains("\"other\":{\"name\":\"other\",\"status\":5}", "\"note\":\"k\"", "\"server_hash\":[4,5]")
                .contains(succeeds ? "\"status\":0" : "\"status\":3");
        assertThat(box.exec("stat", "-c", "%u:%g %a", scenario.agent().inHome("package_statuses.json"))
                        .ok())
                .isEqualTo("1234:2345 640");
        assertThat(ended.after().version()).isEqualTo(succeeds ? "v2" : "v1");
    }
}
