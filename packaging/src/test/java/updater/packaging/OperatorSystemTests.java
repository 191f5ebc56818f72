package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An operator runs the updater and its other commands from a shell, and sees its exit codes. */
@SystemTest
final class OperatorSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    @ParameterizedTest
    @CsvSource({"installed, 0", "failed, 1"})
    void update_startedByHand_exitsWithItsOutcome(String report, int exit, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");

        EndedUpdate ended = scenario.updateByHand(scenario.offer(V2.behaving("report " + report)));

        assertThat(ended.exit()).as(ended.output()).hasValue(exit);
        if (exit == 0) {
            ended.assertUpdated("v2");
            assertThat(ended.output()).as("console, where it is no terminal").isEmpty();
        } else {
            ended.assertRolledBack("the new agent reported");
            assertThat(ended.output()).contains("the new agent reported that its installation failed");
        }
    }

    /** Nobody told the agent of an update, so it will report none. */
    @Test
    void update_whileTheAgentIsInstalled_succeedsWhenTheNewOneStaysUp(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.writeStatus(BoxedUpdate.status(0).replace("v2", "v1"), "rw-------");

        EndedUpdate ended = scenario.updateByHand(scenario.offer(V2));

        assertThat(ended.exit()).as(ended.output()).hasValue(0);
        assertThat(ended.after().version()).isEqualTo("v2");
        assertThat(ended.after().status()).isEqualTo(ended.before().status());
        ended.assertNothingLeft();
    }

    @Test
    void commands_afterAnUpdate_workFromHomeWithTheKeptRuntime(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.update(V2).assertUpdated("v2");
        HostState before = HostState.of(box, scenario.agent());
        String log = scenario.updaterLog();

        Command.Result status = scenario.updater("status");
        Command.Result json = scenario.updater("status", "--json");
        Command.Result verbose = scenario.updater("status", "--verbose");
        Command.Result version = scenario.updater("--version");
        Command.Result doctor = scenario.updater("doctor");
        Command.Result help = scenario.updater("--help");
        Command.Result usage = scenario.updater("sttaus");
        Command.Result recover = scenario.updater("recover");
        String report = scenario.agent().read("log/updater-report.json").strip();
        Command.Result update = scenario.updater();

        assertThat(status.ok()).contains("outcome      updated", "from v1 to v2", "downtime", "phases");
        assertThat(json.ok())
                .startsWith(
                        "{\n  \"now\": {\n    \"state\": \"idle\",\n    \"agent\": {\n      \"activity\": \"running\",")
                .contains(report.substring(1, report.lastIndexOf("\n}"))
                        + ",\n  \"previous\": {\n    \"version\": \"v1\"");
        assertThat(verbose.ok()).contains("outcome      updated", "stop", "install", "start", "health check", " ms ");
        assertThat(version.ok()).startsWith("observiq-otel-collector updater ").contains("commit");
        assertThat(doctor.ok())
                .contains("observiq-otel-collector (built in)", InstalledAgent.HOME, InstalledAgent.STATE)
                .containsPattern("\\* systemd +runs")
                .doesNotContain("would be refused");
        assertThat(help.ok()).contains("status", "doctor", "recover", "--home");
        assertThat(usage.exit()).isEqualTo(2);
        assertThat(usage.err()).contains("Did you mean 'status'?");
        assertThat(recover.exit()).as(recover.toString()).isZero();
        assertThat(update.exit()).as(update.toString()).isEqualTo(5);
        assertThat(update.err())
                .contains("there is no staged tree at " + scenario.agent().inHome("tmp/latest"));
        assertThat(HostState.of(box, scenario.agent()))
                .usingRecursiveComparison()
                .ignoringFields("home", "unit", "launcher", "beside")
                .isEqualTo(before);
        assertThat(log).contains("\"outcome\":\"UPDATED\"");
        assertThat(Files.exists(scenario.agent().home().resolve("tmp"))).isFalse();
    }

    @Test
    void status_afterTheVeryFirstUpdateFailed_tellsWhy(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.update(V2.behaving("exit-at-start 3"))
                .assertRolledBack("failed: activating (auto-restart, Result: exit-code)")
                .assertProven();

        Command.Result status = scenario.updater("status");

        assertThat(status.exit()).as(status.toString()).isEqualTo(1);
        assertThat(status.out())
                .contains("outcome      failed, rolled back", "from v1 to v2", "reason", "verified", "all as before");
    }

    @Test
    void status_withoutAnyUpdate_saysSo(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.stage(bundles.packaged());

        Command.Result status = scenario.updater("status");

        assertThat(status.exit()).isEqualTo(5);
        assertThat(status.err()).contains("no report of an update");
        assertThat(box.exists(InstalledAgent.STATE)).isFalse();
        assertThat(scenario.agent().home().resolve("log/updater.log")).doesNotExist();
    }

    @Test
    void update_fromAnotherDirectoryThanHome_isRefused(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.stage(bundles.packaged());
        box.exec(
                        "sh",
                        "-c",
                        "mkdir -p /opt/elsewhere && cp -a \"$1\"/tmp \"$1\"/updater /opt/elsewhere",
                        "copy",
                        InstalledAgent.HOME)
                .ok();

        Command.Result update = box.exec("/opt/elsewhere/updater");
        box.exec("rm", "-rf", "/opt/elsewhere").ok();

        assertThat(update.exit()).as(update.toString()).isEqualTo(5);
        assertThat(update.err()).contains("this updater lies in /opt/elsewhere, but home is " + InstalledAgent.HOME);
        assertThat(scenario.agent().runningVersion()).isEqualTo("v1");
    }
}
