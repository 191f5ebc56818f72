package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be updated is refused while the agent runs on: exit code 5, and the host as it was. */
@SystemTest
final class RefusedUpdateSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    static Stream<Arguments> unusableStatus() {
        return Stream.of(
                Arguments.of("", "it is missing"),
                Arguments.of("{\"package_states\": {\"obser", "it is malformed"),
                Arguments.of("\u0000\u0001", "it is malformed"),
                Arguments.of(
                        "{\"package_states\": {\"other\": {\"name\": \"other\", \"status\": 2}}}",
                        "does not mention package"));
    }

    @ParameterizedTest
    @MethodSource
    void unusableStatus(String status, String reason, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        if (!status.isEmpty()) {
            scenario.writeStatus(status, "rw-r-----");
        }

        EndedUpdate ended = scenario.updateByHand(scenario.offer(V2));

        ended.assertRefused("the status file", reason);
        assertThat(ended.after().status()).isEqualTo(status);
        assertThat(scenario.agent().home().resolve("tmp/latest/agent")).exists();
    }

    @ParameterizedTest
    @CsvSource({
        "'rm -rf tmp/latest', there is no staged tree",
        "'rm -rf tmp/latest/* tmp/latest/.[a-z]*', holds no agent files",
        "'rm -rf tmp/latest && echo >tmp/latest', there is no staged tree",
        "'ln -s /etc/passwd tmp/latest/link', the bundle holds a symbolic link: link",
        "'mkfifo tmp/latest/plugins/fifo', the bundle holds a special file",
        "'chmod 4755 tmp/latest/agent', the bundle sets special mode bits",
        "'rm -r tmp/latest/plugins && echo >tmp/latest/plugins', the bundle has a file where home has a directory: plugins"
    })
    void stagedTree_thatCannotBeInstalled(String damage, String reason, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        // An earlier updater left its runtime.
        scenario.update(SampleAgent.bindplane("v0")).assertUpdated("v0");
        scenario.agent().delete("log/updater-report.json");
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        BoxedUpdate.Offer offer = scenario.offer(V2);
        scenario.stage(scenario.bundle(offer));
        box.exec(
                        "sh",
                        "-c",
                        "cd \"$1\" && " + damage,
                        "damage",
                        scenario.agent().inHome(""))
                .ok();

        scenario.runByHand(offer).assertRefused(reason);
    }

    @Test
    void maskedUnit(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.systemctl("mask", InstalledAgent.UNIT);

        EndedUpdate ended = scenario.update(V2);

        ended.assertRefused(InstalledAgent.UNIT + " is masked");
        assertThat(ended.after().enablement()).isEqualTo("masked");
        assertThat(ended.after().status()).contains("\"status\":2");
    }

    /** Neither the updater nor its guard could be executed there. */
    @Test
    void stateDirectoryWithoutPrograms(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.exec("mkdir", "-m", "0700", InstalledAgent.STATE).ok();
        box.exec("mount", "-t", "tmpfs", "-o", "noexec,mode=0700", "state", InstalledAgent.STATE)
                .ok();
        try {
            EndedUpdate ended = scenario.update(V2);

            ended.assertRefused("noexec");
            assertThat(ended.log()).contains(InstalledAgent.STATE + " is mounted with noexec");
        } finally {
            box.exec("umount", InstalledAgent.STATE).ok();
        }
    }

    @Test
    void refusedUpdate_isReportedByTheAgentWhenItsTimeIsOver(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1.behaving("updater-timeout-s 1"));
        box.systemctl("mask", InstalledAgent.UNIT);
        EndedUpdate ended = scenario.update(V2);

        Await.until(
                java.time.Duration.ofSeconds(20),
                "the agent gives up",
                () -> scenario.agent().read("package_statuses.json").contains("\"status\":3"));

        assertThat(scenario.agent().home().resolve("tmp")).doesNotExist();
        assertThat(scenario.agent().runningVersion()).isEqualTo("v1");
        assertThat(box.show(InstalledAgent.UNIT, "MainPID"))
                .isEqualTo(ended.before().mainPid());
    }
}
