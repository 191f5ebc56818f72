package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.HomeRule.HomeOverride.RegistryValue;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManagerProvider.Fit;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.service.windows.FakeService.Script;

class WindowsServiceTests extends OnWindows {
    @Test
    void state_query_asksForNoRightButThat() throws Exception {
        manager.state();

        assertThat(bench.control.calls)
                .containsExactly("OpenSCManager 0x1", "OpenService agent 0x4", "QueryServiceStatusEx agent");
    }

    @Test
    void start_asksForStartAndStatusOnly() throws Exception {
        manager.start();

        assertThat(bench.control.calls).contains("OpenService agent 0x14").doesNotContain("OpenService agent 0xf01ff");
    }

    @Test
    void inspect_withoutTheRightsForTheUpdate_isRefusedBeforeTheStop() {
        bench.control.fail("OpenService", ErrorCode.ACCESS_DENIED);

        assertThatThrownBy(() -> manager.inspect())
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.fullMessage())
                                .contains("agent", "access was denied (error 5)", "administrator"));
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void start_failing_saysWhatToDo(ErrorCode code) {
        bench.control.fail("StartService", code);

        if (code == ErrorCode.SERVICE_ALREADY_RUNNING) {
            assertThat(code.code()).isEqualTo(1056);
            return;
        }
        assertThatThrownBy(() -> manager.start()).isInstanceOfSatisfying(UpdateFailure.Service.class, failure -> {
            assertThat(failure.getMessage())
                    .startsWith("could not start the service agent: ")
                    .contains("(error " + code.code() + ")", "StartService");
            assertThat(failure.advice()).isNotBlank().doesNotContain("%s");
        });
    }

    @Test
    void start_unknownError_keepsTheNumber() {
        assertThat(ErrorCode.failure("start", "agent", new Win32Failure("StartService", 1500))
                        .fullMessage())
                .contains("error 1500", "net helpmsg 1500");
    }

    @Test
    void start_whileItStops_waitsForTheEnd() throws Exception {
        bench.agent.script = Script.WELL.stopTime(Duration.ofSeconds(5));
        bench.agent.start();
        bench.agent.stop();

        manager.start();

        assertThat(manager.state().running()).isTrue();
    }

    @Test
    void start_ofOneThatNeverEndsItsStop_isNoSuccess() throws Exception {
        bench.agent.script = Script.WELL.stopTime(Script.NEVER);
        bench.agent.start();
        bench.agent.stop();

        assertThatThrownBy(() -> manager.start()).hasMessageContaining("has not ended yet (error 1056)");
    }

    @Test
    void start_processThatNeverConnects_failsWith1053() {
        bench.agent.script = Script.WELL.withoutDispatcher();

        assertThatThrownBy(() -> manager.start()).hasMessageContaining("1053");
    }

    @Test
    void state_afterACrash_failedWithTheReason() throws Exception {
        manager.start();
        bench.agent.crash();

        ServiceState state = manager.state();

        assertThat(state.activity()).isEqualTo(Activity.FAILED);
        assertThat(state.stopped()).isTrue();
        assertThat(state.detail()).contains("its process ended unexpectedly", "1067");
    }

    @Test
    void state_neverStartedSinceBoot_isNoFailure() throws Exception {
        assertThat(manager.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    void startDependents_oneFails_theOthersAreStarted() throws Exception {
        bench.control.install("good", "g.exe", "agent");
        bench.control.install("bad", "b.exe", "agent").script = Script.WELL.withoutProgram();

        assertThatThrownBy(() -> manager.startDependents(List.of("good", "bad", "gone")))
                .hasMessageContaining("gone")
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("bad"));

        assertThat(bench.dependentRuns("good")).isTrue();
    }

    @Test
    void warnings_programOutsideHome_areSaid() throws Exception {
        assertThat(manager.warnings()).isEmpty();
        bench.agent.config = bench.control.install("other", "C:\\Elsewhere\\agent.exe run").config;

        assertThat(manager.warnings()).singleElement().asString().contains("C:\\Elsewhere\\agent.exe");
    }

    @Test
    void stopKillsUpdater_updaterIsTheService_yes() throws Exception {
        while (bench.control.nextPid() < 4241) {
            // The next process is the updater.
        }
        manager.start();

        assertThat(manager.stopKillsUpdater()).isPresent();
    }

    @Test
    void registryValue_isReadFromLocalMachine() {
        bench.control.registry.put("SOFTWARE\\A\\InstallLocation", "C:\\A");

        assertThat(bench.provider().registryValue(new RegistryValue("SOFTWARE\\A", "InstallLocation")))
                .contains("C:\\A");
        assertThat(bench.provider().registryValue(new RegistryValue("SOFTWARE\\A", "Nothing")))
                .isEmpty();
    }

    @Test
    void detect_managerAnswers_runs() {
        assertThat(bench.provider().detect(bench.scheduler).fit()).isEqualTo(Fit.RUNS);
    }

    @Test
    void detect_managerDoesNotAnswer_absent() {
        bench.control.fail("OpenSCManager", ErrorCode.ACCESS_DENIED);

        assertThat(bench.provider().detect(bench.scheduler).fit()).isEqualTo(Fit.ABSENT);
    }

    @Test
    void detect_hostWithoutAdvapi32_absentAndNothingThrown() {
        WindowsProvider provider = new WindowsProvider(
                () -> {
                    throw new UnsatisfiedLinkError("no advapi32");
                },
                new FakeProcesses(List.of()));

        assertThat(provider.detect(bench.scheduler).reason()).contains("no advapi32");
        assertThat(provider.registryValue(new RegistryValue("a", "b"))).isEmpty();
    }
}
