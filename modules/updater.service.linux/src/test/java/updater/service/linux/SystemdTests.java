package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.Room;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

/** What systemd says of a unit, and what is refused for it. */
class SystemdTests extends SystemdAgent {
    @ParameterizedTest
    @CsvSource({"exit-code, 1, 7, ', exit status 7'", "signal, 2, 9, ', killed by signal 9'", "success, 1, 0, ''"})
    void state_failed_saysHowItsProcessEnded(String result, int code, int status, String words) throws Exception {
        systemd.unit(
                "agent.service",
                "ActiveState=failed",
                "SubState=failed",
                "MainPID=0",
                "Result=" + result,
                "ExecMainCode=" + code,
                "ExecMainStatus=" + status);

        String detail = agent.state().detail();

        assertThat(detail).startsWith("failed (failed").endsWith(")" + words);
    }

    /** Its processes are directories, of which nothing can be read. */
    private void definition(String text) throws IOException {
        Path file = root.resolve("etc/systemd/system/agent.service");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        systemd.unit("agent.service", "FragmentPath=/etc/systemd/system/agent.service");
    }

    private void process(long pid, String program, String directory) throws IOException {
        Path entry = Files.createDirectories(root.resolve("proc/" + pid));
        Files.createDirectories(entry.resolve("fd"));
        Files.createSymbolicLink(entry.resolve("exe"), Path.of(program));
        Files.createSymbolicLink(entry.resolve("cwd"), Path.of(directory));
        for (String file : List.of("cmdline", "environ", "maps")) {
            Files.writeString(entry.resolve(file), "");
        }
    }

    @Test
    void otherHome_neitherUnitNorProcessHasToDoWithHome() throws Exception {
        definition("[Service]\nExecStart=/opt/first/agent\n");
        process(77, "/opt/first/agent", "/opt/first");

        assertThat(agent.otherHome()).hasValueSatisfying(why -> assertThat(why).contains("/opt/first/agent", "77"));
    }

    @Test
    void otherHome_oneSignOfHome_isEnough() throws Exception {
        process(77, "/opt/first/agent", "/opt/first");
        definition("[Service]\nExecStart=/opt/first/agent\nWorkingDirectory=" + root + "/home\n");
        assertThat(agent.otherHome()).as("the unit").isEmpty();

        definition("[Service]\nExecStart=/opt/first/agent\n");
        Path dropIn = root.resolve("etc/systemd/system/agent.service.d/a.conf");
        Files.createDirectories(dropIn.getParent());
        Files.writeString(dropIn, "[Service]\nEnvironment=DIR=" + root + "/home\n");
        systemd.unit("agent.service", "DropInPaths=/etc/systemd/system/agent.service.d/a.conf");
        assertThat(agent.otherHome()).as("a drop-in").isEmpty();

        systemd.unit("agent.service", "DropInPaths=", "EnvironmentFiles=/etc/default/agent (ignore_errors=yes)");
        Files.createDirectories(root.resolve("etc/default"));
        Files.writeString(root.resolve("etc/default/agent"), "DIR=" + root + "/home/\n");
        assertThat(agent.otherHome()).as("the environment's file").isEmpty();

        systemd.unit("agent.service", "EnvironmentFiles=", "ControlGroup=/a.slice/agent.service");
        Path group = Files.createDirectories(root.resolve("sys/fs/cgroup/a.slice/agent.service"));
        Files.writeString(group.resolve("cgroup.procs"), "77\n78\n");
        process(78, "/usr/bin/java", root + "/home/work");
        assertThat(agent.otherHome()).as("a process").isEmpty();
    }

    @Test
    void otherHome_unknown_isNot() throws Exception {
        definition("[Service]\nExecStart=/opt/first/agent\n");
        assertThat(agent.otherHome()).as("a process that cannot be read").isEmpty();
        idle();
        assertThat(agent.otherHome()).as("no process").isEmpty();
        process(77, "/opt/first/agent", "/opt/first");
        systemd.unit("agent.service", "ActiveState=active", "SubState=running", "MainPID=77", "FragmentPath=");
        assertThat(agent.otherHome()).as("no definition").isEmpty();
    }

    @Test
    void roomForReload_isThatOfSystemd() {
        assertThat(agent.roomForReload()).contains(new Room(root.resolve("run/systemd"), 16_777_216));
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
        "deactivating, final-sigterm, '', FAILED",
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
        "masked, masked, systemctl unmask agent.service",
        "masked, masked-runtime, systemctl unmask --runtime agent.service",
        "loaded, masked-runtime, is masked",
        "bad-setting, enabled, bad-setting",
        "error, '', error"
    })
    void inspect_unusableUnit_refused(String load, String file, String reason) {
        systemd.unit("agent.service", "LoadState=" + load, "UnitFileState=" + file);

        assertThatThrownBy(agent::inspect)
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.fullMessage()).contains("agent.service", reason));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RefuseManualStart", "RefuseManualStop"})
    void inspect_unitThatRefusesCommands_isRefusedWithTheRemedy(String setting) {
        systemd.unit("agent.service", "LoadState=loaded", "ActiveState=active", setting + "=yes");

        assertThatThrownBy(agent::inspect).isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
            assertThat(refused.fullMessage()).contains(setting + "=yes", "systemctl edit agent.service");
            assertThat(refused.code()).contains(RefusalCode.SERVICE_DISABLED);
        });
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

    @Test
    void inspect_unitThatWouldStartItAgain_refused() {
        systemd.unit("agent.service", "UpheldBy=keeper.service").unit("keeper.service", "ActiveState=active");

        assertThatThrownBy(agent::inspect)
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refusal -> assertThat(refusal.fullMessage())
                                .contains("keeper.service is active", "systemctl stop keeper.service"));
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
}
