package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.testkit.TreeSnapshot;

/** The sample agent as a service, and what records of its files can tell. */
@SystemTest
final class InstalledAgentSystemTests {

    private static final String HOME = InstalledAgent.HOME;
    private static final String UNIT = InstalledAgent.UNIT;
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path scratch;

    @Test
    void install_ofAgent_runsItEnabledFromItsHome(Box box) {
        InstalledAgent agent = InstalledAgent.install(box, SampleAgent.bindplane("v1"), scratch);

        assertThat(agent.runningVersion()).isEqualTo("v1");
        // Where /lib is a link to /usr/lib, systemd may name the file through either.
        assertThat(box.show(UNIT, "FragmentPath")).endsWith("/lib/systemd/system/" + UNIT);
        assertThat(box.show(UNIT, "UnitFileState", "KillMode", "ActiveState"))
                .containsEntry("UnitFileState", "enabled")
                .containsEntry("KillMode", "process")
                .containsEntry("ActiveState", "active");
    }

    @Test
    void install_overAnEarlierOne_leavesNothingOfIt(Box box) {
        InstalledAgent.install(box, SampleAgent.bindplane("v1").killMode("control-group"), scratch);
        box.write(HOME + "/left", "", "rw-r--r--");
        box.write("/etc/systemd/system/" + UNIT + ".d/override.conf", "[Service]\nNice=5\n", "rw-r--r--");
        box.write("/var/lib/observiq-otel-collector-updater/journal", "{}", "rw-------");

        InstalledAgent agent = InstalledAgent.install(box, SampleAgent.bindplane("v2"), scratch);

        assertThat(agent.runningVersion()).isEqualTo("v2");
        assertThat(box.show(UNIT, "KillMode", "Nice", "NRestarts"))
                .containsEntry("KillMode", "process")
                .containsEntry("Nice", "0")
                .containsEntry("NRestarts", "0");
        assertThat(box.exists(HOME + "/left")).isFalse();
        assertThat(box.exists("/var/lib/observiq-otel-collector-updater")).isFalse();

        agent.uninstall();
        assertThat(box.show(UNIT, "LoadState")).isEqualTo("not-found");
        assertThat(box.exec("pgrep", "-f", HOME).exit()).isEqualTo(1);
    }

    @Test
    void stop_ofAgentThatIgnoresTerm_needsTheManagersKill(Box box) {
        InstalledAgent.install(
                box, SampleAgent.bindplane("v1").behaving("ignore-term yes").unitLine("TimeoutStopSec=1"), scratch);

        box.systemctl("stop", UNIT);

        assertThat(box.show(UNIT, "Result")).isEqualTo("timeout");
    }

    @Test
    void start_ofNotifyingAgent_isActiveOnlyOnceItSaidSo(Box box) {
        InstalledAgent.install(
                box,
                SampleAgent.bindplane("v1")
                        .unitType("notify")
                        .unitLine("NotifyAccess=all")
                        .behaving("notify-after-ms 400"),
                scratch);
        box.systemctl("stop", UNIT);

        box.systemctl("start", "--no-block", UNIT);

        box.awaitState(UNIT, "activating");
        box.awaitState(UNIT, "active");
    }

    @Test
    void record_acrossRestartOfAgent_namesExactlyWhatTheAgentChanged(Box box) {
        InstalledAgent agent = InstalledAgent.install(
                box,
                SampleAgent.bindplane("v1")
                        .behaving("write-at-stop storage/checkpoint stopped")
                        .behaving("chmod 0600 plugins/common.yaml"),
                scratch);
        box.exec("setfattr", "-n", "trusted.note", "-v", "1", HOME + "/agent");
        // The unit counts as active before the agent has done what it does first.
        Await.until(
                SOON,
                "the agent's change of mode",
                () -> box.exec("stat", "-c", "%a", HOME + "/plugins/common.yaml")
                        .ok()
                        .strip()
                        .equals("600"));
        TreeSnapshot before = TreeSnapshot.of(agent.home(), "log").ignoringOwnTime();

        box.systemctl("stop", UNIT);
        box.exec("setfacl", "-m", "u:65534:r", HOME + "/config.yaml").ok();

        List<String> changes =
                TreeSnapshot.of(agent.home(), "log").ignoringOwnTime().changesSince(before);
        assertThat(changes)
                .anyMatch(line -> line.startsWith("config.yaml: attribute system.posix_acl_access was absent"))
                .anyMatch(line -> line.startsWith("storage: mtime"))
                .contains("storage/checkpoint: new file")
                .allMatch(line -> line.startsWith("config.yaml") || line.startsWith("storage"));
        assertThat(before.entries().get("plugins/common.yaml").mode()).isEqualTo(0600);
    }

    @Test
    void offerUpdate_ofBundle_startsItsUpdaterInHomeInsideTheUnit(Box box) throws IOException {
        InstalledAgent agent =
                InstalledAgent.install(box, SampleAgent.bindplane("v1").killMode("control-group"), scratch);
        Path tree = SampleAgent.bindplane("v2").writeBundleTree(scratch.resolve("bundle"));
        Files.writeString(tree.resolve("updater"), """
                #!/bin/sh
                { echo "$0 $#"; pwd; cat /proc/self/cgroup; } >/run/updater-ran.new
                mv /run/updater-ran.new /run/updater-ran
                exec sleep 60
                """);
        Command.run(SOON, "tar", "-czf", scratch.resolve("v2.tar.gz").toString(), "-C", tree.toString(), ".")
                .ok();
        box.place(scratch.resolve("v2.tar.gz"), "/srv/v2.tar.gz");

        agent.offerUpdate("/srv/v2.tar.gz", "v2");

        Await.until(SOON, "the updater ran", () -> Files.exists(box.live("/run/updater-ran")));
        assertThat(Files.readString(box.live("/run/updater-ran")))
                .startsWith("./updater 0\n" + HOME + "\n")
                .contains("/system.slice/" + UNIT);
        assertThat(box.read(HOME + "/package_statuses.json"))
                .contains("\"status\":2")
                .contains("\"server_version\":\"v2\"")
                .contains("\"agent_version\":\"v1\"");
        assertThat(box.at(HOME + "/tmp/latest/agent")).exists();
        box.exec("rm", "/run/updater-ran", "/srv/v2.tar.gz").ok();
        agent.uninstall();
    }
}
