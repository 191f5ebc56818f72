package updater.service.macos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.service.Guard;
import updater.service.macos.VirtualProcesses.Behaviour;

class LaunchdGuardTests {
    private static final List<String> RECOVER =
            List.of("/Library/Application Support/probe-updater/updater", "recover", "--home", "/opt/a & <b>");

    private static final String LABEL = "probe-updater-guard";
    private static final String TARGET = "system/" + LABEL;

    @TempDir
    Path directory;

    private VirtualMac mac;
    private Guard guard;

    @BeforeEach
    void open() throws Exception {
        mac = new VirtualMac(directory.toRealPath());
        guard = mac.open().guard();
    }

    @Test
    void arm_writesAPropertyListThatRunsItNowAndEvery15Seconds() throws Exception {
        guard.arm(RECOVER);

        PropertyList plist = PropertyList.parse(Files.readAllBytes(mac.guardPlist()));
        assertThat(plist.string("Label")).contains(LABEL);
        assertThat(plist.isTrue("RunAtLoad")).isTrue();
        assertThat(plist.seconds("StartInterval")).contains(Duration.ofSeconds(15));
        assertThat(plist.strings("ProgramArguments")).endsWith(RECOVER.toArray(String[]::new));
        assertThat((int) Files.getAttribute(mac.guardPlist(), "unix:mode") & 07777)
                .isEqualTo(0644);
        assertThat(mac.launchd.requests()).containsExactly("bootstrap system " + mac.guardPlist());
        assertThat(mac.processes.of("/bin/sh")).hasSize(1);
        mac.clock.pause(Duration.ofSeconds(1));
        assertThat(mac.processes.of("/bin/sh")).isEmpty();
        mac.clock.pause(Duration.ofMillis(14_010));
        assertThat(mac.processes.of("/bin/sh")).hasSize(1);
    }

    @Test
    void arm_sameAgain_isNothing() throws Exception {
        guard.arm(RECOVER);
        mac.launchd.forgetRequests();

        mac.open().guard().arm(RECOVER);

        assertThat(mac.launchd.requests()).isEmpty();
    }

    @Test
    void arm_loadedAndItsFileGone_isLoadedAnew() throws Exception {
        guard.arm(RECOVER);
        Files.delete(mac.guardPlist());

        guard.arm(RECOVER);

        assertThat(mac.guardPlist()).exists();
        assertThat(mac.launchd.loaded(LABEL)).isTrue();
    }

    @Test
    void arm_lineBreakInAPath_failsAndWritesNothing() {
        assertThatThrownBy(() -> guard.arm(List.of("/a\nb"))).isInstanceOf(UpdateFailure.Service.class);
        assertThat(mac.guardPlist()).doesNotExist();
    }

    @Test
    void arm_notWritable_failsBeforeAnythingIsLoaded() {
        mac.files.readOnly = true;

        assertThatThrownBy(() -> guard.arm(RECOVER))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("Read-only file system");
        assertThat(mac.launchd.requests()).isEmpty();
    }

    /** In System Settings a user can forbid what runs in the background. */
    @Test
    void arm_forbidden_failsInBoundedTime() {
        mac.launchd.setDisabled(LABEL, true);

        assertThatThrownBy(() -> guard.arm(RECOVER)).isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void disarm_fromOutside_removesFileThenJob() throws Exception {
        guard.arm(RECOVER);
        mac.launchd.forgetRequests();

        guard.disarm();

        assertThat(mac.guardPlist()).doesNotExist();
        assertThat(mac.launchd.requests()).containsExactly("bootout " + TARGET);
        assertThat(guard.armed()).isFalse();
    }

    /** Else it would be killed before it has cleaned up. */
    @Test
    void disarm_byItsOwnCommand_leavesTheJobToTheShellAroundIt() throws Exception {
        mac.processes.program("/bin/sh", Behaviour.HEALTHY);
        guard.arm(RECOVER);
        long shell = mac.processes.of("/bin/sh").getFirst().pid();
        mac.processes.child(VirtualMac.UPDATER, 777);
        mac.processes.child(777, shell);
        mac.launchd.forgetRequests();

        guard.disarm();

        assertThat(mac.guardPlist()).doesNotExist();
        assertThat(mac.launchd.requests()).isEmpty();
        assertThat(mac.processes.of("/bin/sh")).hasSize(1);
    }

    /** Killed between the two, or booted since: the next run, or the next disarming, does the rest. */
    @Test
    void disarm_onlyTheJobIsLeft_isRemoved() throws Exception {
        guard.arm(RECOVER);
        Files.delete(mac.guardPlist());
        assertThat(guard.armed()).isTrue();

        guard.disarm();

        assertThat(guard.armed()).isFalse();
    }

    @Test
    void armed_atBoot_runsBeforeAnybodyAsks() throws Exception {
        guard.arm(RECOVER);

        mac.launchd.powerOff();
        mac.launchd.boot();

        assertThat(mac.processes.of("/bin/sh")).isNotEmpty();
        assertThat(guard.armed()).isTrue();
    }
}
