package updater.service.macos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState.Activity;
import updater.service.macos.VirtualProcesses.Behaviour;

/** Stopping and starting a job whatever launchd answers. */
class LaunchdStopStartTests extends RunningAgent {
    @Test
    void stopAndStart_healthy_areThreeRequestsAndLittleTime() throws Exception {
        Duration down = timed(this::update);

        assertThat(mac.launchd.requests())
                .containsExactly("bootout " + TARGET, "bootstrap system " + mac.plist(), "kickstart " + TARGET);
        assertThat(down).isLessThan(Duration.ofMillis(150));
        assertThat(runs()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 36})
    void stop_bootoutReturnsBeforeTheJobIsGone_waitsForIt(int answer) throws Exception {
        mac.processes.program(mac.agent(), Behaviour.endsSlowly(Duration.ofSeconds(3)));
        mac.install(mac.definition("<key>ExitTimeOut</key><integer>30</integer>\n"));
        update();
        mac.launchd.quirks.bootoutAnswer = answer;
        mac.launchd.quirks.lingering = Duration.ofSeconds(2);

        Duration took = timed(() -> service.stop(BOUND));

        assertThat(took).isBetween(Duration.ofSeconds(5), Duration.ofMillis(5200));
        assertThat(mac.launchd.loaded(VirtualMac.LABEL)).isFalse();
        assertThat(mac.processes.of(mac.agent())).isEmpty();
    }

    @Test
    void stop_requestIsForgotten_isAskedAgain() throws Exception {
        mac.launchd.quirks.forgottenBootouts = 2;

        service.stop(BOUND);

        assertThat(mac.launchd.requests()).hasSize(3).containsOnly("bootout " + TARGET);
        assertThat(mac.launchd.loaded(VirtualMac.LABEL)).isFalse();
    }

    @Test
    void stop_neverEnds_failsWithStateAndProcess() throws Exception {
        mac.processes.program(mac.agent(), Behaviour.endsNever());
        mac.install(mac.definition("<key>ExitTimeOut</key><integer>0</integer>\n"));
        update();
        long pid = service.state().mainPid();

        Duration took = timed(() -> assertThatThrownBy(() -> service.stop(Duration.ofSeconds(1)))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining(VirtualMac.LABEL)
                .hasMessageContaining("process " + pid));

        assertThat(took).isBetween(Duration.ofSeconds(90), Duration.ofSeconds(101));
    }

    @Test
    void stop_groupOutlivesItsLeader_isWaitedForUnlessItMay() throws Exception {
        long pid = service.state().mainPid();
        VirtualProcesses others = new VirtualProcesses(mac.clock);
        others.joinGroup(999, pid);
        assertThatThrownBy(() -> new Launchd(mac.context(), mac.root, mac.processes, others).stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class);

        mac.install(mac.definition("<key>AbandonProcessGroup</key><true/>\n"));
        service.start();
        others.joinGroup(998, service.state().mainPid());
        new Launchd(mac.context(), mac.root, mac.processes, others).stop(BOUND);
    }

    @Test
    void start_labelIsStillTaken_isAskedAgainUntilItIsFree() throws Exception {
        service.stop(BOUND);
        mac.launchd.quirks.bootstrapErrors = 20;

        Duration took = timed(service::start);

        assertThat(runs()).isTrue();
        assertThat(took).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
    }

    /** launchd answers 37 to a kickstart of such a job, as it does of one that is being started. */
    @Test
    void start_jobIsOnItsWayOut_isLetGoAndLoadedAnew() throws Exception {
        mac.processes.program(mac.agent(), Behaviour.endsSlowly(Duration.ofSeconds(3)));
        update();
        long pid = service.state().mainPid();
        mac.run(List.of("/bin/launchctl", "bootout", TARGET), BOUND);
        assertThat(service.state().activity()).isEqualTo(Activity.STOPPING);

        service.start();

        assertThat(service.state().mainPid()).isNotEqualTo(pid);
        assertThat(runs()).isTrue();
    }

    /** It is loaded still, but not to stay. */
    @Test
    void load_jobIsOnItsWayOut_isLoadedAnew() throws Exception {
        mac.processes.program(mac.agent(), Behaviour.endsSlowly(Duration.ofSeconds(3)));
        update();
        Job job = new Job(new Launchctl(mac, mac.root), VirtualMac.LABEL, mac.plist());
        job.bootout(BOUND);

        new JobStart(job, mac.clock).load();
        mac.clock.pause(Duration.ofSeconds(5));

        assertThat(mac.launchd.loaded(VirtualMac.LABEL)).isTrue();
    }

    @Test
    void start_errorThatDoesNotPass_failsInBoundedTime() throws Exception {
        service.stop(BOUND);
        mac.launchd.quirks.bootstrapErrors = Integer.MAX_VALUE;

        Duration took = timed(() -> assertThatThrownBy(service::start)
                .isInstanceOfSatisfying(UpdateFailure.Service.class, failure -> {
                    assertThat(failure.getMessage())
                            .contains(mac.plist().toString(), "5: Input/output error")
                            .doesNotContain("as root");
                    assertThat(failure.advice()).contains("log show");
                }));

        assertThat(took).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(16));
    }

    @Test
    void start_loadedBySomebodyElse_isStartedAllTheSame() throws Exception {
        mac.install(
                mac.definition("").replace("<key>RunAtLoad</key><true/>", "").replace("<true/>", "<false/>"));
        mac.launchd.powerOff();
        mac.launchd.boot();
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
        mac.launchd.forgetRequests();

        service.start();

        assertThat(runs()).isTrue();
        assertThat(mac.launchd.requests()).containsExactly("kickstart " + TARGET);
    }

    @Test
    void start_kickstartSaysItIsUnderWay_isASuccess() throws Exception {
        service.stop(BOUND);
        mac.launchd.quirks.kickstartsInProgress = 1;

        service.start();

        assertThat(runs()).isTrue();
    }

    /** Only what launchd says it loads can be broken in ways it tells. */
    @Test
    void start_propertyListIsRefused_saysWhatToDo() throws Exception {
        service.stop(BOUND);
        Files.setAttribute(mac.plist(), "unix:mode", 0666);
        assertThatThrownBy(service::start)
                .isInstanceOfSatisfying(
                        UpdateFailure.Service.class,
                        failure -> assertThat(failure.advice()).contains("chown root:wheel"));
        mac.install("<plist><dict/></plist>");

        Duration took = timed(() -> assertThatThrownBy(service::start)
                .isInstanceOfSatisfying(
                        UpdateFailure.Service.class,
                        failure -> assertThat(failure.advice()).contains("plutil -lint")));

        assertThat(took).as("at once").isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void start_macosRefusesTheProgramAndLaunchdTheJob_failsAtOnce() throws Exception {
        Files.writeString(Path.of(mac.agent()), "signature: invalid");
        service.stop(BOUND);
        mac.launchd.quirks.removesRefused = true;

        Duration took = timed(() -> assertThatThrownBy(service::start)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("removed " + VirtualMac.LABEL));

        assertThat(took).isLessThan(Duration.ofSeconds(1));
    }
}
