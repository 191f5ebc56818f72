package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.UpdateFailure;
import updater.service.windows.FakeService.Script;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.FailureActions;
import updater.service.windows.ServiceControl.RunState;

class ServiceStopTests extends OnWindows {
    private static final Duration BOUND = Duration.ofSeconds(10);

    private void start(Script script) throws Exception {
        bench.agent.script = script;
        bench.agent.start();
    }

    private long stop() throws Exception {
        long start = bench.clock.nanos;
        manager.stop(BOUND);
        assertThat(bench.agent.status().state()).isEqualTo(RunState.STOPPED);
        assertThat(bench.agent.livingProcesses()).isZero();
        return Duration.ofNanos(bench.clock.nanos - start).toMillis();
    }

    @Test
    void stop_serviceThatRaisesItsCheckPoint_isWaitedForBeyondTheBound() throws Exception {
        start(Script.WELL.stopTime(Duration.ofSeconds(25)).checkPointEvery(Duration.ofSeconds(2)));

        assertThat(stop()).isBetween(25_000L, 26_000L);
    }

    @Test
    void stop_checkPointStandsStill_failsAtTheBound() throws Exception {
        start(Script.WELL.stopTime(Duration.ofSeconds(25)));

        assertThatThrownBy(() -> manager.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("did not stop within 10 s")
                .hasMessageContaining("STOP_PENDING")
                .extracting(e -> ((UpdateFailure.Service) e).advice())
                .asString()
                .contains("taskkill /F /PID 1001");
    }

    @Test
    void stop_serviceThatRaisesItsCheckPointForEver_failsAllTheSame() throws Exception {
        start(Script.WELL.stopTime(Script.NEVER).checkPointEvery(Duration.ofSeconds(2)));
        long start = bench.clock.nanos;

        assertThatThrownBy(() -> manager.stop(BOUND)).isInstanceOf(UpdateFailure.Service.class);

        assertThat(Duration.ofNanos(bench.clock.nanos - start))
                .isBetween(Duration.ofSeconds(70), Duration.ofSeconds(71));
    }

    @Test
    void stop_processLingers_isWaitedFor() throws Exception {
        start(Script.WELL.linger(Duration.ofSeconds(3)));

        assertThat(stop()).isBetween(3_000L, 3_100L);
    }

    @Test
    void stop_processStaysForEver_isEnded() throws Exception {
        start(Script.WELL.linger(Script.NEVER));

        assertThat(stop()).isBetween(5_000L, 5_100L);
    }

    @Test
    void stop_whileItStarts_waitsForTheEndOfTheStart() throws Exception {
        start(Script.WELL.startTime(Duration.ofSeconds(4)).checkPointEvery(Duration.ofSeconds(1)));

        assertThat(stop()).isBetween(4_000L, 4_500L);
    }

    @Test
    void stop_afterACrashWithARestartToCome_waitsForItAndStopsThat() throws Exception {
        start(Script.WELL);
        bench.agent.failureActions = new FailureActions(60, "", "", List.of(new Action(1, 5_000)));
        bench.agent.crash();

        assertThat(stop()).isBetween(5_000L, 6_500L);

        bench.clock.pass(Duration.ofMinutes(1));
        assertThat(bench.agent.status().state()).as("a minute later").isEqualTo(RunState.STOPPED);
    }

    @Test
    void stop_afterACrashWithoutFailureActions_isDoneAtOnce() throws Exception {
        start(Script.WELL);
        bench.agent.crash();

        assertThat(stop()).isZero();
    }

    @Test
    void stop_crashedAndItsRestartIsHoursAway_isWaitedForNoLongerThanTheBound() throws Exception {
        start(Script.WELL);
        bench.agent.failureActions = new FailureActions(60, "", "", List.of(new Action(1, 7_200_000)));
        bench.agent.crash();

        assertThat(stop()).isEqualTo(10_000L);
    }

    @Test
    void stop_serviceThatRefusesToBeStopped_saysSo() throws Exception {
        start(Script.WELL.refusesStop());

        assertThatThrownBy(() -> manager.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("1052")
                .hasMessageContaining("agent");
    }

    @Test
    void stop_managerTimesOutButTheServiceStops_isFine() throws Exception {
        start(Script.WELL.stopTime(Duration.ofSeconds(1)));
        bench.agent.stop();
        bench.control.fail("ControlService", ErrorCode.SERVICE_REQUEST_TIMEOUT);

        assertThat(stop()).isBetween(1_000L, 1_100L);
    }

    @Test
    void stop_managerTimesOutAndNothingHappens_saysBoth() throws Exception {
        start(Script.WELL);
        bench.control.fail("ControlService", ErrorCode.SERVICE_REQUEST_TIMEOUT);

        assertThatThrownBy(() -> manager.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("did not stop")
                .hasMessageContaining("1053");
    }

    @Test
    void stop_stoppedMeanwhile_isDone() throws Exception {
        start(Script.WELL);
        bench.control.fail("ControlService", ErrorCode.SERVICE_NOT_ACTIVE);
        bench.control.clock.pass(Duration.ofMillis(1));
        bench.agent.stop();

        assertThat(stop()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"ACCESS_DENIED", "SERVICE_DOES_NOT_EXIST", "SHUTDOWN_IN_PROGRESS", "SERVICE_MARKED_FOR_DELETE"})
    void stop_refusedForGood_failsAtOnceWithAdvice(ErrorCode code) throws Exception {
        start(Script.WELL);
        bench.control.fail("ControlService", code);

        assertThatThrownBy(() -> manager.stop(BOUND)).isInstanceOfSatisfying(UpdateFailure.Service.class, failure -> {
            assertThat(failure.getMessage()).contains("agent", "(error " + code.code() + ")");
            assertThat(failure.advice()).isNotBlank();
        });
        assertThat(bench.clock.nanos).isZero();
    }

    @Test
    void stop_chainOfDependents_stopsTheLastFirst() throws Exception {
        start(Script.WELL);
        bench.control.install("middle", "m.exe", "agent").start();
        bench.control.install("last", "l.exe", "middle").start();
        List<String> dependents = manager.inspect().dependents();
        bench.control.calls.clear();

        stop();

        assertThat(dependents).containsExactly("last", "middle");
        assertThat(bench.control.calls.stream()
                        .filter(call -> call.startsWith("ControlService"))
                        .toList())
                .containsExactly(
                        "ControlService agent", "ControlService last", "ControlService middle", "ControlService agent");
        manager.start();
        manager.startDependents(dependents);
        assertThat(bench.dependentRuns("last")).isTrue();
        assertThat(bench.dependentRuns("middle")).isTrue();
    }

    @Test
    void stop_dependentDoesNotStop_namesIt() throws Exception {
        start(Script.WELL);
        FakeService dependent = bench.control.install("dependent", "d.exe", "agent");
        dependent.script = Script.WELL.stopTime(Script.NEVER);
        dependent.start();

        assertThatThrownBy(() -> manager.stop(BOUND)).hasMessageContaining("the service dependent did not stop");
    }
}
