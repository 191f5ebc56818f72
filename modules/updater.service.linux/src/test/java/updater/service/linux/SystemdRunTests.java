package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.testkit.PlainHostFiles;

/** Which processes and which run a unit has, and which services are one agent. */
class SystemdRunTests extends SystemdAgent {
    private Path program(String pid, String group) throws IOException {
        FakeProc.in(root).add(pid);
        Path proc = root.resolve("proc");
        Path program = root.resolve("home/agent");
        Files.createDirectories(program.getParent());
        Files.createSymbolicLink(proc.resolve(pid).resolve("exe"), program);
        Files.createSymbolicLink(proc.resolve(pid).resolve("root"), root);
        Files.createSymbolicLink(proc.resolve("self/root"), root);
        Files.writeString(proc.resolve(pid).resolve("cgroup"), "0::" + group + "\n");
        Files.writeString(proc.resolve(pid).resolve("cmdline"), program + "\0");
        return program;
    }

    private void exited() {
        systemd.unit(
                "agent.service", "SubState=exited", "MainPID=0", "ControlGroup=/system.slice/agent.service", "Job=");
    }

    @Test
    void state_activeWithoutAnyProcess_hasFailed() throws Exception {
        exited();

        assertThat(agent.state().activity()).isEqualTo(Activity.FAILED);
        assertThat(agent.state().detail()).isEqualTo("active (exited), but no process of it runs");
        assertThatThrownBy(agent::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("no process of it runs");
    }

    @Test
    void state_activeWithProcessesInAGroupWithinItsGroup_runs() throws Exception {
        exited();
        Path group = Files.createDirectories(root.resolve("sys/fs/cgroup/system.slice/agent.service/workers"));
        Files.writeString(group.resolve("cgroup.procs"), "501\n502\n" + Contexts.PID + "\n");

        ServiceState state = agent.state();

        assertThat(state.running()).isTrue();
        assertThat(state.processes()).as("without the updater").containsExactly(501L, 502L);
        assertThat(state.mainPid()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "/user.slice/user-999.slice/session-c1.scope, RUNNING",
        "/, RUNNING",
        "/system.slice/other.service, FAILED",
        "/user.slice/user-0.slice/user@0.service/app.slice, FAILED"
    })
    void state_activeWithAProgramOfHomeElsewhere_runsUnlessAnotherServiceHasIt(String group, Activity expected)
            throws Exception {
        exited();
        program("503", group);

        assertThat(agent.state().activity()).isEqualTo(expected);
    }

    @Test
    void state_run_isTheInvocation() throws Exception {
        systemd.unit("agent.service", "InvocationID=0af3", "InactiveExitTimestampMonotonic=1000000");

        assertThat(agent.state().run().id()).isEqualTo("0af3");

        systemd.unit("agent.service", "MainPID=78");
        assertThat(agent.state().run().id()).as("main process handed over").isEqualTo("0af3");
    }

    /** As systemd would have it whose unit runs already: it does nothing, and its unit's times are as they were. */
    @Test
    void state_runFromBeforeTheStartThatWasAskedFor_isEarlier() throws Exception {
        systemd.unit("agent.service", "InactiveExitTimestampMonotonic=" + System.nanoTime() / 1000);
        assertThat(agent.state().run().earlier()).as("nothing was asked for").isFalse();

        agent.start();
        assertThat(agent.state().run().earlier()).isTrue();

        systemd.unit("agent.service", "InactiveExitTimestampMonotonic=" + System.nanoTime() / 1000);
        assertThat(agent.state().run().earlier()).as("started since").isFalse();
        agent.start();
        assertThat(agent.state().run().earlier())
                .as("what its own start has found is its own")
                .isFalse();
    }

    @Test
    void startBound_everyCommandHasItsOwn() throws Exception {
        systemd.unit(
                "agent.service",
                "TimeoutStartUSec=1min 30s",
                "ExecStartPre={ path=/bin/true }",
                "ExecStart={ path=/a }");
        assertThat(agent.startBound()).isEqualTo(Duration.ofSeconds(2 * 90 + 30));

        systemd.unit("agent.service", "TimeoutStartUSec=infinity");
        assertThat(agent.startBound()).isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @CsvSource({"always, 5s, 5", "on-failure, 100ms, 0", "no, 5s, 0"})
    void restartDelay_isThatOfAUnitThatIsRestarted(String restart, String delay, long seconds) throws Exception {
        systemd.unit("agent.service", "Restart=" + restart, "RestartUSec=" + delay);

        assertThat(agent.restartDelay().toSeconds()).isEqualTo(seconds);
    }

    @Test
    void companions_areNamedStartedAndWatchedWithIt() throws Exception {
        ServiceSpec spec = new ServiceSpec(
                "agent", "install/agent.service", Optional.empty(), List.of("agent@*.service"), false, false);
        agent = new SystemdProvider(root)
                .open(Contexts.context(spec, root.resolve("home"), systemd, new PlainHostFiles(), clock, Contexts.PID));
        systemd.on(
                "list-units",
                arguments -> new Result(0, "agent@a.service loaded active running A\nagent@b.service loaded\n", ""));
        systemd.unit("agent@a.service", "ActiveState=active", "MainPID=81", "NRestarts=0")
                .unit("agent@b.service", "ActiveState=inactive");
        List<String> stopped = agent.inspect().dependents();
        assertThat(stopped).as("those that are active").containsExactly("agent@a.service");

        agent.start(stopped);

        assertThat(systemd.ran).last().isEqualTo("start --no-block -- agent.service agent@a.service");
        assertThat(agent.state().running()).isTrue();
        assertThat(agent.state().processes()).containsExactly(77L, 81L);
        systemd.unit("agent@a.service", "NRestarts=1");
        assertThat(agent.state().restarts()).isEqualTo(1);
        systemd.unit("agent@a.service", "ActiveState=failed", "SubState=failed", "MainPID=0", "Result=exit-code");
        assertThat(agent.state().activity()).isEqualTo(Activity.FAILED);
        assertThat(agent.state().detail()).contains("exit-code");
    }

    /** The socket has the next one made; a socket that hands over itself has the one service, which is started again. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void companions_oneThatServesAConnection_isNotStartedAgain(boolean accept) throws Exception {
        ServiceSpec spec = new ServiceSpec(
                "agent", "install/agent.service", Optional.empty(), List.of("query@*.service"), false, false);
        agent = new SystemdProvider(root)
                .open(Contexts.context(spec, root.resolve("home"), systemd, new PlainHostFiles(), clock, Contexts.PID));
        systemd.on("list-units", arguments -> new Result(0, "query@0.service loaded active running A\n", ""));
        systemd.unit("query@0.service", "ActiveState=active", "MainPID=81", "TriggeredBy=query.socket query.path")
                .unit("query.socket", "ActiveState=active", "Accept=" + (accept ? "yes" : "no"))
                .unit("query.path", "ActiveState=inactive");

        List<String> stopped = agent.inspect().dependents();

        assertThat(stopped).isEqualTo(accept ? List.of("query.socket") : List.of("query.socket", "query@0.service"));
    }

    @Test
    void warnings_anotherServiceRunsAProgramOfHome_isNamed() throws Exception {
        program("504", "/system.slice/agent-b.service");

        assertThat(agent.warnings())
                .singleElement()
                .asString()
                .contains("agent-b.service runs a program of", "process 504", "companions of agent.service");
    }
}
