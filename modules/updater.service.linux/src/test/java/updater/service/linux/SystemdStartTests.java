package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;

/** What is done with a unit, and with the files of its definition. */
class SystemdStartTests extends SystemdAgent {
    @Test
    void restore_newDefinitionWasNeverLoaded_isDone() throws Exception {
        systemd.unit("agent.service", "NeedDaemonReload=no")
                .on("daemon-reload", arguments -> FakeSystemd.failed(1, "no space in /run"));
        assertThatThrownBy(agent::reload).isInstanceOf(UpdateFailure.Service.class);

        agent.restore(new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(1), ""));
    }

    @Test
    void restore_newDefinitionWasLoaded_fails() throws Exception {
        systemd.unit("agent.service", "NeedDaemonReload=no");
        agent.reload();
        systemd.on("daemon-reload", arguments -> FakeSystemd.failed(1, "no space in /run"));

        assertThatThrownBy(() -> agent.restore(new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(1), "")))
                .isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void restore_somebodyElseChangedTheFile_fails() {
        systemd.unit("agent.service", "NeedDaemonReload=yes")
                .on("daemon-reload", arguments -> FakeSystemd.failed(1, "no space in /run"));
        assertThatThrownBy(agent::reload).isInstanceOf(UpdateFailure.Service.class);

        assertThatThrownBy(() -> agent.restore(new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(1), "")))
                .isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void start_withASocket_socketComesFirst() throws Exception {
        systemd.unit("agent.service", "TriggeredBy=agent.socket agent.path")
                .unit("agent.socket", "ActiveState=active")
                .unit("agent.path", "ActiveState=active");
        List<String> stopped = agent.inspect().dependents();
        assertThat(stopped).containsExactlyInAnyOrder("agent.socket", "agent.path");

        agent.start(stopped);

        assertThat(systemd.ran).last().isEqualTo("start --no-block -- agent.socket agent.service");
    }

    @Test
    void start_afterStop_clearedBeforeItAndNotAgain() throws Exception {
        systemd.on("stop", arguments -> {
            idle();
            return FakeSystemd.DONE;
        });

        agent.stop(Duration.ofSeconds(5));
        agent.start();

        assertThat(systemd.ran)
                .containsExactly(
                        "reset-failed -- agent.service", "stop -- agent.service", "start --no-block -- agent.service");
    }

    @Test
    void start_twice_clearsWhatTheFirstLeft() throws Exception {
        systemd.on("reset-failed", arguments -> FakeSystemd.failed(1, "Unit agent.service not loaded."));

        agent.start();
        agent.start();

        assertThat(systemd.ran)
                .containsExactly(
                        "reset-failed -- agent.service",
                        "start --no-block -- agent.service",
                        "reset-failed -- agent.service",
                        "start --no-block -- agent.service");
    }

    @Test
    void start_fails_saysWhatSystemdSaid() {
        systemd.on("start", arguments -> FakeSystemd.failed(1, "Failed to start agent.service: Unit is masked.\n"));

        assertThatThrownBy(agent::start)
                .isInstanceOfSatisfying(
                        UpdateFailure.Service.class,
                        failure -> assertThat(failure.fullMessage())
                                .isEqualTo("could not start agent.service: systemctl ended with 1:"
                                        + " Failed to start agent.service: Unit is masked."
                                        + " See: systemctl status agent.service; journalctl -b -u agent.service"));
    }

    @Test
    void startDependents_someRunning_startsTheOthersWithOneCommand() throws Exception {
        systemd.unit("a.service", "ActiveState=active")
                .unit("b.service", "ActiveState=inactive")
                .unit("c.service", "ActiveState=failed");

        agent.startDependents(List.of("a.service", "b.service", "c.service"));

        assertThat(systemd.ran).containsExactly("start --no-block -- b.service c.service");
    }

    @Test
    void startDependents_nothingToDo_startsNothing() throws Exception {
        systemd.unit("a.service", "ActiveState=active");

        agent.startDependents(List.of());
        agent.startDependents(List.of("a.service"));

        assertThat(systemd.ran).isEmpty();
    }

    @Test
    void configure_isNotForFiles() {
        assertThatThrownBy(() -> agent.configure("start=auto")).isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void reload_oneCommand() throws Exception {
        agent.reload();

        assertThat(systemd.ran).hasSize(1).first().asString().startsWith("daemon-reload");
    }

    @Test
    void relabel_withoutSelinux_nothing() throws Exception {
        agent.relabel(List.of(Path.of("/opt/agent/bin")));

        assertThat(systemd.ran).isEmpty();
    }

    @Test
    void relabel_withSelinux_allPathsInFewCommandsBelowTheLimit() throws Exception {
        enableSelinux();
        List<Path> placed = IntStream.range(0, 5000)
                .mapToObj(number -> Path.of("/opt/agent/plugins/plugin-" + number + ".yaml"))
                .toList();

        agent.relabel(placed);

        assertThat(systemd.ran).hasSizeBetween(2, 20).allSatisfy(command -> {
            assertThat(command).startsWith("restorecon -i -- /opt/agent/plugins/plugin-");
            assertThat(command.length()).isLessThan(64 * 1024);
        });
        assertThat(String.join(" ", systemd.ran).split("/opt/agent/plugins/")).hasSize(placed.size() + 1);
    }

    @Test
    void relabel_restoreconFails_failsWithPath() throws Exception {
        enableSelinux();
        systemd.on("restorecon", arguments -> FakeSystemd.failed(255, "Operation not permitted"));

        assertThatThrownBy(() -> agent.relabel(List.of(Path.of("/opt/agent/bin"))))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("/opt/agent/bin")
                .hasMessageContaining("not permitted");
    }

    @Test
    void relabel_restoreconMissing_onlyWarns() throws Exception {
        enableSelinux();
        systemd.missing = List.of("restorecon");

        agent.relabel(List.of(Path.of("/opt/agent/bin")));

        assertThat(agent.warnings()).singleElement().asString().contains("restorecon");
    }

    private void enableSelinux() throws Exception {
        Files.createDirectories(root.resolve("sys/fs/selinux"));
        Files.writeString(root.resolve("sys/fs/selinux/enforce"), "1");
    }
}
