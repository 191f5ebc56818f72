package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.testkit.PlainHostFiles;

class SystemdTests {
    @TempDir
    Path root;

    private final FakeSystemd systemd = new FakeSystemd();
    private final ManualTicker clock = new ManualTicker();
    private ServiceManager agent;

    @BeforeEach
    void open() throws IOException {
        FakeProc.in(root);
        agent = new SystemdProvider(root)
                .open(Contexts.context(
                        "agent", root.resolve("home"), systemd, new PlainHostFiles(), clock, Contexts.PID));
        systemd.unit(
                "agent.service",
                "LoadState=loaded",
                "ActiveState=active",
                "SubState=running",
                "UnitFileState=enabled",
                "MainPID=77",
                "Job=",
                "Result=success",
                "TimeoutStopUSec=20s");
    }

    private void idle() {
        systemd.unit("agent.service", "ActiveState=inactive", "SubState=dead", "MainPID=0");
    }

    @ParameterizedTest
    @CsvSource({
        "active, running, '', RUNNING",
        "active, exited, '', RUNNING",
        "reloading, reload, '', RUNNING",
        "activating, start, 12, STARTING",
        "activating, start-pre, 12, STARTING",
        "activating, auto-restart, '', FAILED",
        "activating, auto-restart, 12, FAILED",
        "activating, auto-restart-queued, 12, FAILED",
        "deactivating, stop-sigterm, 12, STOPPING",
        "inactive, dead, '', INACTIVE",
        "inactive, dead, 12, STARTING",
        "failed, failed, '', FAILED",
        "failed, failed, 12, STARTING"
    })
    void state_systemdsWords_areMapped(String active, String sub, String job, Activity expected) throws Exception {
        systemd.unit("agent.service", "ActiveState=" + active, "SubState=" + sub, "Job=" + job, "NRestarts=3");

        ServiceState state = agent.state();

        assertThat(state.activity()).isEqualTo(expected);
        assertThat(state.mainPid()).isEqualTo(77);
        assertThat(state.restarts()).isEqualTo(3);
        assertThat(state.detail()).startsWith(active + " (" + sub);
        assertThat(systemd.shown).as("processes").isEqualTo(1);
    }

    @Test
    void state_versionWithoutRestartCounter_countsNone() throws Exception {
        assertThat(agent.state().restarts()).isZero();
    }

    @Test
    void state_systemctlMissing_saysWhereItWasLookedFor() {
        systemd.missing = List.of("systemctl");

        assertThatThrownBy(agent::state)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("/usr/bin/systemctl");
    }

    @Test
    void state_systemdDoesNotAnswer_failsWithAdvice() {
        systemd.on("show", arguments -> {
            throw new UpdateFailure.Service("did not end within PT20S", "");
        });

        assertThatThrownBy(agent::state)
                .isInstanceOfSatisfying(
                        UpdateFailure.Service.class,
                        failure -> assertThat(failure.fullMessage())
                                .contains("systemctl show did not end", "PT20S", "is-system-running"));
    }

    @Test
    void inspect_activeAndEnabled_facts() throws Exception {
        assertThat(agent.inspect()).isEqualTo(new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(20), ""));
        assertThat(systemd.ran).as("changes").isEmpty();
        assertThat(systemd.shown).as("processes").isEqualTo(1);
    }

    @Test
    void inspect_infiniteStopTimeout_isBounded() throws Exception {
        systemd.unit("agent.service", "TimeoutStopUSec=infinity");

        assertThat(agent.inspect().stopBound()).isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @CsvSource({
        "not-found, enabled, does not exist",
        "masked, masked, is masked",
        "loaded, masked-runtime, is masked",
        "bad-setting, enabled, bad-setting",
        "error, '', error"
    })
    void inspect_unusableUnit_refused(String load, String file, String reason) {
        systemd.unit("agent.service", "LoadState=" + load, "UnitFileState=" + file);

        assertThatThrownBy(agent::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("agent.service")
                .hasMessageContaining(reason);
    }

    @Test
    void inspect_dependents_onlyActiveOnesOfEveryKindAndDepth() throws Exception {
        systemd.unit("agent.service", "RequiredBy=a.service idle.service", "BoundBy=b.service", "ConsistsOf=c.service")
                .unit("a.service", "ActiveState=active", "RequiredBy=deep.service agent.service")
                .unit("b.service", "ActiveState=activating")
                .unit("c.service", "ActiveState=failed")
                .unit("idle.service", "ActiveState=inactive", "PropagatesStopTo=behind.target")
                .unit("behind.target", "ActiveState=active", "RequiredBy=a.service")
                .unit("deep.service", "ActiveState=active");

        assertThat(agent.inspect().dependents())
                .containsExactlyInAnyOrder("a.service", "b.service", "deep.service", "behind.target");
        assertThat(systemd.shown).as("one process a level").isEqualTo(3);
    }

    @Test
    void inspect_activeTimer_isStoppedAlong() throws Exception {
        systemd.unit("agent.service", "TriggeredBy=agent.timer off.path")
                .unit("agent.timer", "ActiveState=active")
                .unit("off.path", "ActiveState=inactive");

        assertThat(agent.inspect().dependents()).containsExactly("agent.timer");
    }

    @ParameterizedTest
    @CsvSource({"TriggeredBy, agent.socket", "UpheldBy, keeper.service"})
    void inspect_somethingThatWouldStartItAgain_refused(String relation, String unit) {
        systemd.unit("agent.service", relation + "=" + unit).unit(unit, "ActiveState=active");

        assertThatThrownBy(agent::inspect)
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refusal -> assertThat(refusal.fullMessage())
                                .contains(unit + " is active", "systemctl stop " + unit));
    }

    @Test
    void warnings_pendingEdit_said() throws Exception {
        assertThat(agent.warnings()).isEmpty();

        systemd.unit("agent.service", "NeedDaemonReload=yes");

        assertThat(agent.warnings()).singleElement().asString().contains("changed on disk and not loaded");
    }

    @Test
    void sandboxing_options_areNamed() throws Exception {
        systemd.unit("agent.service", "ProtectSystem=no", "ProtectHome=no", "ReadOnlyPaths=", "CapabilityBoundingSet=");
        assertThat(agent.sandboxing()).isEmpty();

        systemd.unit("agent.service", "ProtectSystem=strict", "ReadWritePaths=/opt/agent");

        assertThat(agent.sandboxing()).contains("ProtectSystem=strict, ReadWritePaths=/opt/agent in agent.service");
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
