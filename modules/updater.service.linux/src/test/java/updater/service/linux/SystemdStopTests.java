package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.ServiceSpec;
import updater.api.SystemTicker;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.Commands.Result;
import updater.api.service.ServiceManager;
import updater.testkit.PlainHostFiles;

class SystemdStopTests {
    /** Not to be given to a process: more than the kernel's PID_MAX_LIMIT. */
    private static final long NOBODY = 4_194_305;

    private static final Duration BOUND = Duration.ofSeconds(5);
    private static final Result LOST = new Result(1, "", "Warning! D-Bus connection terminated.");

    @TempDir
    Path root;

    private final FakeSystemd systemd = new FakeSystemd();
    private final ManualTicker clock = new ManualTicker();
    private FakeProc proc;
    private ServiceManager agent;

    @BeforeEach
    void open() throws Exception {
        proc = FakeProc.in(root);
        proc.add("77");
        agent = new SystemdProvider(root)
                .open(Contexts.context(
                        "agent.service", root.resolve("home"), systemd, new PlainHostFiles(), clock, Contexts.PID));
        running();
    }

    private void running() {
        systemd.unit(
                "agent.service",
                "ActiveState=active",
                "SubState=running",
                "MainPID=77",
                "Job=",
                "KillMode=control-group",
                "ControlGroup=/system.slice/agent.service",
                "TimeoutStopUSec=20s");
    }

    private void stopping() {
        systemd.unit("agent.service", "ActiveState=deactivating", "SubState=stop-sigterm", "Job=9");
    }

    private void stopped() {
        systemd.unit("agent.service", "ActiveState=inactive", "SubState=dead", "MainPID=0", "Job=");
        try {
            proc.remove("77");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Path group(String hierarchy, String processes) throws Exception {
        Path group = Files.createDirectories(
                root.resolve("sys/fs/cgroup").resolve(hierarchy).resolve("system.slice/agent.service"));
        return Files.writeString(group.resolve("cgroup.procs"), processes);
    }

    @Test
    void stop_usualCase_needsNoProcessAfterTheStop() throws Exception {
        systemd.on("stop", arguments -> {
            stopped();
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(systemd.shown).as("before the stop only").isEqualTo(1);
        assertThat(systemd.ran).last().isEqualTo("stop -- agent.service");
    }

    @ParameterizedTest
    @CsvSource({"inactive", "failed"})
    void stop_alreadyStopped_touchesNothing(String state) throws Exception {
        stopped();
        systemd.unit("agent.service", "ActiveState=" + state);

        agent.stop(BOUND);

        assertThat(systemd.ran).isEmpty();
    }

    @Test
    void stop_waitingToBeRestarted_isStoppedForReal() throws Exception {
        stopped();
        systemd.unit("agent.service", "ActiveState=activating", "SubState=auto-restart");
        systemd.on("stop", arguments -> {
            stopped();
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(systemd.ran).contains("stop -- agent.service");
    }

    @Test
    void stop_timersThatTriggerIt_areStoppedInTheSameCommand() throws Exception {
        systemd.unit("agent.service", "TriggeredBy=agent.timer");
        systemd.on("stop", arguments -> {
            stopped();
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(systemd.ran).last().isEqualTo("stop -- agent.timer agent.service");
    }

    @ParameterizedTest
    @CsvSource({"20s, '', 90", "1min 30s, '', 370", "infinity, '', 370", "20s, '{ path=/bin/a }', 110", "1s, '', 25"})
    void stop_bound_isAtLeastWhatSystemdItselfGives(String timeout, String command, long seconds) throws Exception {
        systemd.unit("agent.service", "TimeoutStopUSec=" + timeout, "ExecStop=" + command);
        systemd.on("stop", arguments -> {
            stopped();
            return FakeSystemd.DONE;
        });

        agent.stop(Duration.ofSeconds(25));

        assertThat(systemd.bounds).last().isEqualTo(Duration.ofSeconds(seconds));
    }

    /** It sends SIGABRT first, and gives that a time of its own. */
    @Test
    void stop_boundOfAUnitThatIsAborted_hasThatToo() throws Exception {
        systemd.unit("agent.service", "TimeoutStopFailureMode=abort", "TimeoutAbortUSec=2min");
        systemd.on("stop", arguments -> {
            stopped();
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(systemd.bounds).last().isEqualTo(Duration.ofSeconds(210));
    }

    @Test
    void stop_connectionLost_watchesTheJobToItsEnd() throws Exception {
        systemd.on("stop", arguments -> {
            stopping();
            return LOST;
        });
        clock.onPause = () -> {
            if (clock.since(0).toSeconds() >= 3) {
                stopped();
            }
        };

        agent.stop(BOUND);

        assertThat(clock.since(0)).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
    }

    @Test
    void stop_refusedAndStillRunning_failsAtOnce() {
        systemd.on("stop", arguments -> FakeSystemd.failed(4, "Access denied"));

        assertThatThrownBy(() -> agent.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("Access denied");
        assertThat(clock.nanos).isZero();
    }

    @Test
    void stop_startedAgainBySomebody_failsAndSaysSo() {
        systemd.on("stop", arguments -> FakeSystemd.DONE);

        assertThatThrownBy(() -> agent.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("started again");
    }

    @Test
    void stop_startedAgainBySomebodyOnce_isStoppedAgain() throws Exception {
        List<String> requests = new ArrayList<>();
        systemd.on("stop", arguments -> {
            requests.add("stop");
            if (requests.size() > 1) {
                stopped();
            }
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(requests).hasSize(2);
        agent.start();
        assertThat(systemd.ran)
                .as("each start by somebody counts, and systemd allows five in ten seconds")
                .endsWith("reset-failed -- agent.service", "start --no-block -- agent.service");
    }

    @Test
    void stop_hangs_namesStateAndMainProcess() {
        systemd.on("stop", arguments -> {
            stopping();
            throw new UpdateFailure.Service("did not end in time", "");
        });

        assertThatThrownBy(() -> agent.stop(BOUND))
                .isInstanceOfSatisfying(
                        UpdateFailure.Service.class,
                        failure -> assertThat(failure.fullMessage())
                                .contains("did not stop within 90 s", "stop-sigterm", "77", "systemctl kill -s KILL"));
    }

    @ParameterizedTest
    @CsvSource({"''", "unified", "systemd"})
    void stop_processSurvivesItsKill_failsWithItsPid(String hierarchy) throws Exception {
        group(hierarchy, "78\n79\n");
        systemd.on("stop", arguments -> {
            stopped();
            systemd.unit("agent.service", "ActiveState=failed", "Result=timeout");
            return FakeSystemd.DONE;
        });

        assertThatThrownBy(() -> agent.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("78 79")
                .hasMessageContaining("Result: timeout");
        assertThat(clock.since(0)).as("once systemd has given up").isLessThan(Duration.ofSeconds(12));
    }

    /** Its main process waits for a disk: systemd signals it four times, with the whole timeout for each. */
    @Test
    void stop_processDiesAtTheLastMoment_isWaitedFor() throws Exception {
        systemd.on("stop", arguments -> {
            stopping();
            return LOST;
        });
        clock.onPause = () -> {
            if (clock.since(0).toSeconds() >= 79) {
                stopped();
            }
        };

        agent.stop(BOUND);

        assertThat(clock.since(0)).isGreaterThanOrEqualTo(Duration.ofSeconds(79));
    }

    @Test
    void stop_killModeProcess_childrenMayStay() throws Exception {
        group("", "78\n");
        systemd.unit("agent.service", "KillMode=process");
        systemd.on("stop", arguments -> {
            stopped();
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(systemd.shown).isEqualTo(1);
    }

    private Process survivor(String name) throws Exception {
        Path program = Files.createDirectories(root.resolve("home")).resolve(name);
        if (!Files.exists(program)) {
            Files.copy(Path.of("/bin/sleep"), program);
        }
        return new ProcessBuilder(program.toString(), "300").start();
    }

    /** The processes are this host's; only systemd and the control groups are made up. */
    private ServiceManager onThisHost(boolean leave) throws Exception {
        Files.move(root.resolve("proc"), root.resolve("no-proc"));
        Files.createSymbolicLink(root.resolve("proc"), Path.of("/proc"));
        systemd.unit("agent.service", "KillMode=process", "MainPID=0");
        systemd.on("stop", arguments -> {
            systemd.unit("agent.service", "ActiveState=inactive", "SubState=dead");
            return FakeSystemd.DONE;
        });
        ServiceSpec spec = new ServiceSpec("agent", "install/agent.service", Optional.empty(), List.of(), leave, false);
        return new SystemdProvider(root)
                .open(Contexts.context(
                        spec, root.resolve("home"), systemd, new PlainHostFiles(), new SystemTicker(), NOBODY));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stop_killModeProcess_whatRunsAProgramOfHomeIsEndedUnlessItIsToStay(boolean leave) throws Exception {
        Process child = survivor("worker");
        Process other = new ProcessBuilder("/bin/sleep", "300").start();
        try {
            ServiceManager manager = onThisHost(leave);
            group("", child.pid() + "\n" + other.pid() + "\n");
            assertThat(manager.warnings())
                    .singleElement()
                    .asString()
                    .contains("process " + child.pid(), leave ? "they stay" : "the updater ends")
                    .doesNotContain("process " + other.pid());

            manager.stop(BOUND);

            if (!leave) {
                // The stop waited for its end; this JVM learns of it a moment later.
                child.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(child.isAlive()).isEqualTo(leave);
            assertThat(other.isAlive()).as("no program of home").isTrue();
        } finally {
            child.destroyForcibly();
            other.destroyForcibly();
        }
    }

    @Test
    void stop_companions_areStoppedWithItAndTheirTriggersFirst() throws Exception {
        ServiceSpec spec = new ServiceSpec(
                "agent", "install/agent.service", Optional.empty(), List.of("agent@*.service", "helper"), false, false);
        agent = new SystemdProvider(root)
                .open(Contexts.context(spec, root.resolve("home"), systemd, new PlainHostFiles(), clock, Contexts.PID));
        systemd.on(
                "list-units",
                arguments -> new Result(
                        0, "agent@a.service loaded active running A\nhelper.service loaded inactive dead H\n", ""));
        systemd.unit("agent@a.service", "ActiveState=active", "TriggeredBy=agent-a.socket", "MainPID=0");
        systemd.unit("helper.service", "ActiveState=inactive");
        systemd.on("stop", arguments -> {
            stopped();
            systemd.unit("agent@a.service", "ActiveState=inactive");
            return FakeSystemd.DONE;
        });

        agent.stop(BOUND);

        assertThat(systemd.ran)
                .contains("list-units --all --full --plain --no-legend -- agent@*.service helper.service")
                .last()
                .isEqualTo("stop -- agent-a.socket agent.service agent@a.service helper.service");
    }
}
