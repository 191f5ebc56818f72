package updater.service.macos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.service.macos.VirtualProcesses.Behaviour;
import updater.service.macos.fake.Quirks.Era;

/** What launchd's provider tells of a job; that it is a service manager like others is in the conformance tests. */
class LaunchdTests extends RunningAgent {
    @Test
    void inspect_running_tellsItsOwnStopTimeout() throws Exception {
        mac.install(mac.definition("<key>ExitTimeOut</key><integer>33</integer>\n"));
        update();

        ServiceFacts facts = service.inspect();

        assertThat(facts).isEqualTo(new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(33), ""));
    }

    @Test
    void state_macosRefusesTheProgram_isAFailureSeenAtOnce() throws Exception {
        Path program = Files.writeString(Path.of(mac.agent()), "signature: invalid");
        service.stop(BOUND);

        service.start();

        ServiceState state = service.state();
        assertThat(state.activity()).isEqualTo(Activity.FAILED);
        assertThat(state.mainPid()).isZero();
        assertThat(state.detail()).contains("OS_REASON_CODESIGNING", "codesign");
        Files.delete(program);
        service.stop(BOUND);
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
        update();
        assertThat(runs()).isTrue();
    }

    @Test
    void state_jobIsRemovedWhileItIsWatched_isAFailureSeenAtOnce() throws Exception {
        update();
        mac.launchd.powerOff();

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        assertThat(service.state().detail()).contains("removed the job");
        assertThat(mac.open().state().activity()).as("to another updater").isEqualTo(Activity.INACTIVE);
    }

    /** The kernel keeps the signature with the inode: this is why an update places by renaming. */
    @Test
    void state_programWrittenOverInPlace_isKilled_andReplacedByANewFile_isNot() throws Exception {
        Path program = Files.writeString(Path.of(mac.agent()), "signed: one");
        update();
        Files.writeString(program, "signed: two");
        service.stop(BOUND);
        service.start();
        assertThat(service.state().detail()).contains("OS_REASON_CODESIGNING");

        mac.files.write(program, "signed: two".getBytes(java.nio.charset.StandardCharsets.UTF_8), 0755);
        update();

        assertThat(runs()).isTrue();
    }

    /** The watch over a new agent compares processes and runs. */
    @Test
    void state_crashesAndIsSpawnedAgain_isAnotherRun() throws Exception {
        mac.processes.program(mac.agent(), Behaviour.endsAfter(Duration.ofSeconds(60), 1));
        update();
        ServiceState before = service.state();

        mac.clock.pause(Duration.ofSeconds(61));

        ServiceState after = service.state();
        assertThat(after.running()).isTrue();
        assertThat(after.restarts()).isEqualTo(before.restarts() + 1);
        assertThat(after.mainPid()).isNotEqualTo(before.mainPid());
    }

    @Test
    void state_crashesWithinItsMinimumRuntime_isFailedWhileLaunchdWaits() throws Exception {
        mac.processes.program(mac.agent(), Behaviour.endsAfter(Duration.ofSeconds(1), 1));
        update();

        mac.clock.pause(Duration.ofSeconds(2));

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        assertThat(service.state().detail()).contains("spawn scheduled", "last exit code 1");
        assertThat(service.inspect().active()).as("launchd will run it").isTrue();
    }

    @Test
    void inspect_disabledAndNotLoaded_isRefusedWithTheCommandThatHelps() throws Exception {
        service.stop(BOUND);
        mac.launchd.setDisabled(VirtualMac.LABEL, true);

        assertThatThrownBy(service::inspect)
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.advice()).contains("launchctl enable " + TARGET));
    }

    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"CATALINA", "MODERN"})
    void update_disabledButRunning_isDisabledAgainAfterwards(Era era) throws Exception {
        mac.launchd.quirks.era = era;
        mac.launchd.setDisabled(VirtualMac.LABEL, true);
        ServiceFacts before = service.inspect();
        assertThat(before.enablement()).isEqualTo("disabled");
        assertThat(before.active()).isTrue();

        update();

        assertThat(runs()).isTrue();
        assertThat(service.inspect()).isEqualTo(before);
        assertThat(Files.list(mac.state())).isEmpty();
    }

    /** It died with the job enabled; whoever recovers calls one of the two. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void update_disabledButRunningAndKilledInTheMiddle_isDisabledByTheRecovery(boolean starts) throws Exception {
        mac.launchd.setDisabled(VirtualMac.LABEL, true);
        service.stop(BOUND);
        mac.launchd.quirks.hanging.add("bootstrap");
        assertThatThrownBy(service::start).isInstanceOf(UpdateFailure.Service.class);
        mac.launchd.quirks.hanging.clear();
        ServiceManager recovering = mac.open();

        if (starts) {
            recovering.start();
        }
        recovering.startDependents(List.of());

        assertThat(recovering.state().running()).isEqualTo(starts);
        assertThat(mac.launchd.requests()).last().isEqualTo("disable " + TARGET);
        assertThat(Files.list(mac.state())).isEmpty();
    }

    @Test
    void update_enabled_neverTouchesWhatIsDisabled() throws Exception {
        update();
        service.startDependents(List.of());

        assertThat(mac.launchd.requests()).noneMatch(request -> request.contains("able"));
    }

    @Test
    void inspect_propertyListOfSomebodyElse_isRefusedSinceItCouldNotBeLoadedAgain() throws Exception {
        Files.setAttribute(mac.plist(), "unix:mode", 0664);

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("mode 0664");
    }

    @Test
    void inspect_loadedFromElsewhere_isRefused() throws Exception {
        service.stop(BOUND);
        Path other = Files.copy(mac.plist(), mac.root.resolve("other.plist"));
        mac.run(List.of("/bin/launchctl", "bootstrap", "system", other.toString()), BOUND);

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining(other.toString());
    }

    @Test
    void inspect_brokenPropertyList_isRefused_andABinaryOneIsNot() throws Exception {
        mac.install("<plist>");
        assertThatThrownBy(service::inspect).isInstanceOf(UpdateFailure.Refused.class);

        mac.install("bplist00\u0001\u0002");

        assertThat(service.inspect().active()).isTrue();
    }

    @Test
    void inspect_labelThatIsNone_isRefused() {
        // A label is an argument of commands and part of a target.
        for (String label : List.of("", "-k", "a/b", "a\nb")) {
            ServiceContext context = mac.context();
            ServiceSpec spec = ProductEdit.spec(label, "x", Optional.of("/x.plist"));
            ServiceContext wrong =
                    new ServiceContext(context.product(), spec, context.layout(), mac, mac.files, mac.clock, 1);

            assertThatThrownBy(() -> new Launchd(wrong, mac.root, mac.processes, mac.processes).inspect())
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining("no label");
        }
    }

    @Test
    void stopKillsUpdater_inTheProcessGroupOfTheJob_isToldUnlessItIsAbandoned() throws Exception {
        mac.processes.joinGroup(VirtualMac.UPDATER, service.state().mainPid());

        assertThat(service.stopKillsUpdater()).get().asString().contains("process group", "AbandonProcessGroup");

        mac.install(mac.definition("<key>AbandonProcessGroup</key><true/>\n"));
        assertThat(service.stopKillsUpdater()).isEmpty();
    }

    /** 10.9 knows none of the subcommands, 10.10 lacks bootout. */
    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"LEGACY", "NO_BOOTOUT"})
    void oldSystem_wholeLifeOfAnUpdate(Era era) throws Exception {
        mac.launchd.quirks.era = era;
        ServiceFacts before = service.inspect();
        assertThat(before.active()).isTrue();
        long pid = service.state().mainPid();

        service.guard().arm(List.of("/updater", "recover"));
        service.stop(BOUND);
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
        service.start();

        assertThat(service.state().mainPid()).isNotEqualTo(pid).isPositive();
        service.guard().disarm();
        assertThat(service.guard().armed()).isFalse();
        assertThat(service.inspect()).isEqualTo(before);
    }

    /** load ends with 0 whatever happens. */
    @Test
    void oldSystem_loadFailsQuietly_isNoticed() throws Exception {
        mac.launchd.quirks.era = Era.LEGACY;
        service.stop(BOUND);
        Files.setAttribute(mac.plist(), "unix:mode", 0666);

        assertThatThrownBy(service::start)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("Path had bad ownership");
    }

    @Test
    void detect_byTheProcessThatManagesThisContext() {
        LaunchdProvider provider = new LaunchdProvider(mac.root);

        assertThat(provider.detect(mac).fit()).isEqualTo(updater.api.service.ServiceManagerProvider.Fit.RUNS);
        mac.launchd.quirks.hanging.add("managerpid");
        assertThat(provider.detect(mac).fit()).isEqualTo(updater.api.service.ServiceManagerProvider.Fit.ABSENT);
        mac.missing = List.of("launchctl");
        assertThat(provider.detect(mac).reason()).contains("launchctl");
    }

    @Test
    void state_launchctlHangs_failsInTheTimeOfOneAnswer() {
        mac.launchd.quirks.hanging.add("print");

        assertThatThrownBy(service::state)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("launchctl print");
    }

    @Test
    void launchctlIsMissing_saysSo() {
        mac.missing = List.of("launchctl");

        assertThatThrownBy(service::state)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("launchctl is missing");
    }
}
