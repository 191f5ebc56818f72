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
import updater.state.document.UpdateReport;
import updater.testkit.TreeSnapshot;

/** What becomes of the unit, its enablement, its drop-ins and the units around it. */
@SystemTest
final class ServiceSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final String DEPENDENT = SampleAgent.BINDPLANE + "-dependent.service";

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
    @ValueSource(booleans = {true, false})
    void unit_thatChanges_keepsOwnerAndModeAndIsLoadedOnce(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.exec("sh", "-c", "chown 0:4 \"$1\" && chmod 0640 \"$1\"", "own", InstalledAgent.UNIT_FILE)
                .ok();
        long reloads = reloads(box);

        EndedUpdate ended = assertEnded(
                scenario.update(v2(succeeds).unitLine("Environment=OF=v2").unitType("exec")), succeeds);

        assertThat(box.show(InstalledAgent.UNIT, "Environment")).isEqualTo(succeeds ? "OF=v2" : "");
        assertThat(ended.report().changes().files().replaced()).isPositive();
        assertThat(reloads(box) - reloads).as("reloads").isBetween(1L, succeeds ? 2L : 3L);
    }

    @Test
    void unit_thatIsTheSame_isNotLoadedAgain(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        long reloads = reloads(box);
        TreeSnapshot unit = TreeSnapshot.of(box.at(InstalledAgent.UNIT_FILE));

        scenario.update(V2).assertUpdated("v2");

        assertThat(reloads(box)).isEqualTo(reloads);
        assertThat(TreeSnapshot.of(box.at(InstalledAgent.UNIT_FILE)).changesSince(unit))
                .isEmpty();
    }

    private static long reloads(Box box) {
        return box.exec("journalctl", "-b", "--no-pager", "-o", "cat", "_PID=1")
                .ok()
                .lines()
                .filter(line -> line.startsWith("Reloading."))
                .count();
    }

    @Test
    void unit_thatIsMissingInTheBundle_staysAsItIs(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);

        scenario.update(V2.withoutInstall()).assertUpdated("v2");
    }

    /** Nothing of it can be told without starting it. */
    @ParameterizedTest
    @CsvSource({
        "'[Service]\nType=oneshot\nExecStart=/bin/false\n'",
        "'[Service]\nType=oneshot\nExecStartPre=/bin/true\nExecStart=/nonexistent\n'"
    })
    void unit_thatCannotBeStarted_isTakenBack(String content, Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2);
        Files.writeString(offer.tree().resolve("install").resolve(InstalledAgent.UNIT), content);

        scenario.update(offer).assertRolledBack(InstalledAgent.UNIT).assertProven();
    }

    @ParameterizedTest
    @CsvSource({
        "'[Service]\nExecStart=relative/path\n', is no absolute path",
        "'[Service]\nType=oneshot\nExecStart=/nonexistent\n', /nonexistent is not there",
        "'[Service]\nExecStart=/opt/observiq-otel-collector/plugins/common.yaml\n', is not executable",
        "'[Service]\nExecStart=/opt/observiq-otel-collector/agent\nUser=bdot\n', user bdot",
        "'[Service]\nExecStart=/opt/observiq-otel-collector/agent\nUser=root\nGroup=bdot\n', group bdot",
        "'[Service]\nExecStart=/opt/observiq-otel-collector/agent\nSupplementaryGroups=adm bdot\n', group bdot",
        "'[Service]\nExecStart=/opt/observiq-otel-collector/agent\nEnvironmentFile=/etc/none\n', EnvironmentFile",
        "'[Service]\nExecStart=/opt/observiq-otel-collector/agent\nWorkingDirectory=/srv/none\n', WorkingDirectory",
        "'no unit at all\n', no ExecStart"
    })
    void unit_thatAsksForWhatTheHostHasNot_isRefused(String content, String reason, Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        BoxedUpdate.Offer offer = scenario.offer(V2);
        Files.writeString(offer.tree().resolve("install").resolve(InstalledAgent.UNIT), content);

        scenario.updateByHand(offer).assertRefused(reason);
        assertThat(scenario.updater("status", "--json").out()).contains("definition-unmet");
    }

    /** The bundle cannot know whom the operator has the agent run as. */
    @Test
    void unit_withTheAccountOfTheHost_isInstalledForIt(Box box, Bundles bundles) {
        SampleAgent installed = V1.unitLine("User=root").unitLine("Group=games");
        SampleAgent template = V2.unitLine("User=[USER]").unitLine("Group=[GROUP]");
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, installed);

        EndedUpdate same = scenario.update(template);

        assertThat(same.report().outcome()).isEqualTo(UpdateReport.Outcome.UPDATED);
        assertThat(same.after().version()).isEqualTo("v2");
        assertThat(same.after().unit().changesSince(same.before().unit())).isEmpty();

        EndedUpdate changed = scenario.update(SampleAgent.bindplane("v3")
                .unitLine("User=[USER]")
                .unitLine("Group=[GROUP]")
                .unitLine("# of v3"));

        assertThat(changed.report().outcome()).isEqualTo(UpdateReport.Outcome.UPDATED);
        assertThat(box.read(InstalledAgent.UNIT_FILE)).contains("User=root\nGroup=games\n# of v3\n");
        assertThat(box.show(InstalledAgent.UNIT, "Group", "User")).containsEntry("Group", "games");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dropIns_ofAnOperator_stayInForce(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        String directory = "/etc/systemd/system/" + InstalledAgent.UNIT + ".d";
        box.write(directory + "/override.conf", "[Service]\nNice=5\nEnvironment=BY=operator\n", "rw-r-----");
        box.systemctl("daemon-reload");
        box.systemctl("restart", InstalledAgent.UNIT);
        scenario.agent().awaitRunning("v1");
        TreeSnapshot before = TreeSnapshot.of(box.at(directory));

        assertEnded(scenario.update(v2(succeeds).unitLine("# of v2")), succeeds);

        assertThat(TreeSnapshot.of(box.at(directory)).changesSince(before)).isEmpty();
        assertThat(box.show(InstalledAgent.UNIT, "Nice", "Environment"))
                .containsEntry("Nice", "5")
                .containsEntry("Environment", "BY=operator");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void unit_linkedFromElsewhere_isReplacedWhereItLies(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.exec("sh", "-c", """
                mkdir -p /opt/units && mv "$1" /opt/units/ && ln -s "/opt/units/$2" "$1"
                """, "link", InstalledAgent.UNIT_FILE, InstalledAgent.UNIT)
                .ok();
        box.systemctl("daemon-reload");
        TreeSnapshot real = TreeSnapshot.of(box.at("/opt/units"));

        EndedUpdate ended = scenario.update(v2(succeeds).unitLine("Environment=OF=v2"));

        boolean changed = !TreeSnapshot.of(box.at("/opt/units"))
                .ignoringOwnTime()
                .changesSince(real.ignoringOwnTime())
                .isEmpty();
        box.exec("rm", "-rf", "/opt/units").ok();
        assertThat(changed).isEqualTo(succeeds);
        assertThat(ended.after().unit().changesSince(ended.before().unit()))
                .as("the link")
                .isEmpty();
        assertThat(ended.after().version()).isEqualTo(succeeds ? "v2" : "v1");
        ended.assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void service_thatIsDisabled_staysDisabledAndRuns(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.systemctl("disable", InstalledAgent.UNIT);

        EndedUpdate ended = assertEnded(scenario.update(v2(succeeds).unitLine("# of v2")), succeeds);

        assertThat(ended.after().enablement()).isEqualTo("disabled");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void service_thatWasStopped_isStartedAndOnlyAnUndoStopsItAgain(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.systemctl("stop", InstalledAgent.UNIT);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");

        EndedUpdate ended = scenario.updateByHand(scenario.offer(v2(succeeds).unitLine("# of v2")));

        assertThat(ended.exit()).as(ended.output()).hasValue(succeeds ? 0 : 1);
        assertThat(ended.before().activeState()).isEqualTo("inactive");
        assertThat(ended.after().activeState()).isEqualTo(succeeds ? "active" : "inactive");
        assertThat(ended.after().version()).isEqualTo(succeeds ? "v2" : "");
        assertThat(ended.after().enablement()).isEqualTo("enabled");
        if (!succeeds) {
            assertThat(ended.after().home().changesSince(ended.before().home())).isEmpty();
            assertThat(ended.after().unit().changesSince(ended.before().unit())).isEmpty();
        }
        ended.assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void units_thatRequireTheAgent_runAgainAfterwards(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.write("/etc/systemd/system/" + DEPENDENT, """
                [Unit]
                Requires=%1$s
                After=%1$s
                [Service]
                ExecStart=/bin/sleep infinity
                """.formatted(InstalledAgent.UNIT), "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", DEPENDENT);
        String pid = box.show(DEPENDENT, "MainPID");

        assertEnded(scenario.update(v2(succeeds).unitLine("# of v2")), succeeds);

        box.awaitState(DEPENDENT, "active");
        assertThat(box.show(DEPENDENT, "MainPID")).isNotEqualTo(pid).isNotEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void service_ofTypeNotify_isWaitedFor(boolean succeeds, Box box, Bundles bundles) {
        SampleAgent old = V1.unitType("notify").unitLine("NotifyAccess=all");
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, old);

        SampleAgent offered =
                v2(succeeds).unitType("notify").unitLine("NotifyAccess=all").behaving("notify-after-ms 1500");
        assertEnded(scenario.update(offered), succeeds);
    }
}
