package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.testkit.TreeSnapshot;

/** What the other system tests take for granted of a box. */
@SystemTest
final class BoxSystemTests {

    private static final String UNIT = "/etc/systemd/system/probe.service";

    @Test
    void boot_ofStandardBox_reachesRunningWithNothingTheHostHasEnabled() {
        try (Box box = Box.boot()) {
            assertThat(box.exec("systemctl", "is-system-running").out().strip()).isEqualTo("running");
            assertThat(box.exec("systemctl", "list-unit-files", "--state=enabled", "--plain", "--no-legend")
                            .out())
                    .isEmpty();
        }
    }

    @Test
    void exec_ofProgram_returnsExitCodeAndBothOutputs(Box box) {
        Command.Result result = box.exec("sh", "-c", "pwd; echo err >&2; exit 7");

        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.out()).isEqualTo("/\n");
        assertThat(result.err()).isEqualTo("err\n");
    }

    @Test
    void exec_beyondItsLimit_failsAndKillsTheProgram(Box box) {
        assertThatThrownBy(() -> box.exec(Duration.ofMillis(300), "sleep", "3210"))
                .hasMessageContaining("still running after 300 ms");

        Await.until(
                Duration.ofSeconds(5),
                "sleep is gone",
                () -> box.exec("pgrep", "-xf", "sleep 3210").exit() == 1);
    }

    @Test
    void home_inStandardBox_isOnExt4AndTheRestOnOverlay(Box box) {
        assertThat(box.exec("stat", "-f", "-c", "%T", "/opt", "/var/lib").ok()).isEqualTo("ext2/ext3\noverlayfs");
        assertThat(box.exec("findmnt", "-n", "-o", "FSTYPE", "/opt").ok()).isEqualTo("ext4");
    }

    @Test
    void writing_fromBothSides_isSeenOnTheOtherAndNotOnTheHost(Box box) throws IOException {
        box.write("/usr/share/box-probe/from-outside", "outside", "rw-r-----");
        box.exec("sh", "-c", "printf inside >/usr/share/box-probe/from-inside; printf run >/run/box-probe")
                .ok();

        assertThat(box.exec("cat", "/usr/share/box-probe/from-outside").out()).isEqualTo("outside");
        assertThat(box.exec("stat", "-c", "%a", "/usr/share/box-probe/from-outside")
                        .ok())
                .isEqualTo("640");
        assertThat(box.read("/usr/share/box-probe/from-inside")).isEqualTo("inside");
        assertThat(box.live("/run/box-probe")).hasContent("run");
        assertThat(Path.of("/usr/share/box-probe")).doesNotExist();
        box.exec("rm", "-r", "/usr/share/box-probe", "/run/box-probe").ok();
    }

    @Test
    void place_ofTree_keepsModesTimesAndLinks(Box box, @TempDir Path scratch) throws IOException {
        Path tree = SampleAgent.bindplane("v1").writeHome(scratch.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("dangling"), Path.of("/nowhere"));
        Files.createLink(tree.resolve("second-name"), tree.resolve("VERSION"));
        TreeSnapshot before = TreeSnapshot.of(tree);

        box.place(tree, "/opt/placed");

        assertThat(TreeSnapshot.of(box.at("/opt/placed")).changesSince(before)).isEmpty();
        box.exec("rm", "-r", "/opt/placed").ok();
    }

    @ParameterizedTest
    @CsvSource({"control-group, false", "process, true"})
    void stop_ofUnitWithChild_killsTheChildOnlyForControlGroup(String killMode, boolean survives, Box box) {
        box.write(
                UNIT,
                "[Service]\nKillMode=" + killMode + "\nExecStart=/bin/sh -c 'sleep 4321 & echo $! >/run/child; wait'\n",
                "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", "probe");
        Await.until(
                Duration.ofSeconds(5),
                "child started",
                () -> Files.isReadable(box.live("/run/child"))
                        && !Files.readString(box.live("/run/child")).isEmpty());
        String child = box.exec("cat", "/run/child").ok();

        box.systemctl("stop", "probe");

        assertThat(box.exec("kill", "-0", child).exit() == 0).isEqualTo(survives);
        box.exec("kill", "-9", child);
        box.exec("rm", UNIT, "/run/child").ok();
        box.systemctl("daemon-reload");
    }

    @Test
    void scope_startedInsideUnit_survivesTheStopOfTheUnitWithTheSamePid(Box box) {
        box.write("/usr/local/bin/leave", """
                #!/bin/sh
                echo $$ >/run/before
                exec systemd-run --scope --quiet --collect sh -c 'echo $$ >/run/after; exec sleep 4322'
                """, "rwxr-xr-x");
        box.write(UNIT, "[Service]\nExecStart=/bin/sh -c '/usr/local/bin/leave & wait'\n", "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", "probe");
        Await.until(
                Duration.ofSeconds(5),
                "scope started",
                () -> box.exec("pgrep", "-xf", "sleep 4322").exit() == 0);

        box.systemctl("stop", "probe");

        String pid = box.exec("cat", "/run/before").ok();
        assertThat(box.exec("cat", "/run/after").ok()).isEqualTo(pid);
        assertThat(box.exec("pgrep", "-xf", "sleep 4322").ok()).isEqualTo(pid);
        assertThat(box.processHere(Long.parseLong(pid)).isAlive()).isTrue();
        box.exec("kill", "-9", pid).ok();
        box.exec("rm", UNIT, "/usr/local/bin/leave", "/run/before", "/run/after")
                .ok();
        box.systemctl("daemon-reload");
    }

    @Test
    void show_ofRunningUnit_tellsWhatAnUpdaterAsks(Box box) {
        box.write(UNIT, "[Service]\nKillMode=mixed\nTimeoutStopSec=7\nExecStart=/bin/sleep infinity\n", "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", "probe");

        Map<String, String> shown = box.show(
                "probe.service",
                "ActiveState",
                "ControlGroup",
                "FragmentPath",
                "KillMode",
                "MainPID",
                "NRestarts",
                "Result",
                "TimeoutStopUSec");

        assertThat(shown)
                .containsEntry("ActiveState", "active")
                .containsEntry("FragmentPath", UNIT)
                .containsEntry("KillMode", "mixed")
                .containsEntry("NRestarts", "0")
                .containsEntry("Result", "success")
                .containsEntry("TimeoutStopUSec", "7s")
                .containsEntry("ControlGroup", "/system.slice/probe.service");
        assertThat(box.exec("grep", "-h", "probe.service", "/proc/" + shown.get("MainPID") + "/cgroup")
                        .ok())
                .contains("/system.slice/probe.service");
        box.systemctl("stop", "probe");
        box.exec("rm", UNIT).ok();
        box.systemctl("daemon-reload");
    }

    @Test
    void powerCut_thenPowerOn_bootsTheSameDisksAndStartsWhatIsEnabled() {
        try (Box box = Box.boot()) {
            box.write(
                    UNIT,
                    "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
                    "rw-r--r--");
            box.systemctl("daemon-reload");
            box.systemctl("enable", "--now", "probe");
            box.write("/opt/kept", "kept", "rw-r--r--");
            String started = box.show("probe", "ActiveEnterTimestampMonotonic");

            box.cutPower();
            assertThat(box.isRunning()).isFalse();
            assertThat(box.read("/opt/kept")).isEqualTo("kept");
            box.powerOn();

            assertThat(box.read("/opt/kept")).isEqualTo("kept");
            box.awaitState("probe", "active");
            assertThat(box.show("probe", "ActiveEnterTimestampMonotonic")).isNotEqualTo(started);
        }
    }

    @Test
    void reboot_ofBox_runsStopAndStartOfItsUnits() {
        try (Box box = Box.boot()) {
            box.write(UNIT, """
                    [Service]
                    Type=oneshot
                    RemainAfterExit=yes
                    ExecStart=/bin/sh -c 'echo start >>/opt/calls'
                    ExecStop=/bin/sh -c 'echo stop >>/opt/calls'
                    [Install]
                    WantedBy=multi-user.target
                    """, "rw-r--r--");
            box.systemctl("daemon-reload");
            box.systemctl("enable", "--now", "probe");

            box.reboot();

            box.awaitState("probe", "active");
            assertThat(box.read("/opt/calls")).isEqualTo("start\nstop\nstart\n");
        }
    }

    @Test
    void twoBoxes_withTheSameUnit_doNotTouchEachOther() {
        try (Box one = Box.boot();
                Box other = Box.boot()) {
            for (Box box : List.of(one, other)) {
                box.write(UNIT, "[Service]\nExecStart=/bin/sleep infinity\n", "rw-r--r--");
                box.systemctl("daemon-reload");
                box.systemctl("start", "probe");
            }

            one.systemctl("kill", "--signal=KILL", "probe");
            one.awaitState("probe", "failed");
            one.write("/opt/mine", "", "rw-r--r--");

            assertThat(other.show("probe", "ActiveState")).isEqualTo("active");
            assertThat(other.exists("/opt/mine")).isFalse();
        }
    }

    /** As two JVMs that run system tests side by side have it: the agent's unit and the guard's have the same names in both. */
    @Test
    void twoBoxes_whoseAgentsAreUpdatedAtOnce_endAsEachAlone(Bundles bundles, @TempDir Path scratch) {
        try (Box one = Box.boot();
                Box other = Box.boot()) {
            SampleAgent v2 = SampleAgent.bindplane("v2");
            Under first = Under.way(one, bundles, scratch.resolve("one"), v2);
            Under second = Under.way(other, bundles, scratch.resolve("other"), v2.behaving("report failed"));
            assertThat(one.controlGroups()).doesNotContainAnyElementsOf(other.controlGroups());

            first.ended().assertUpdated("v2");
            second.ended().assertRolledBack("the new agent reported").assertProven();

            assertThat(one.show(InstalledAgent.UNIT, "NRestarts")).isEqualTo("0");
            assertThat(other.show(InstalledAgent.UNIT, "NRestarts")).isEqualTo("0");
        }
    }

    /** An update that was started and not waited for. */
    private record Under(BoxedUpdate scenario, BoxedUpdate.Offer offer, HostState before, long updater) {

        static Under way(Box box, Bundles bundles, Path scratch, SampleAgent offered) {
            BoxedUpdate scenario = BoxedUpdate.install(box, bundles, directory(scratch), SampleAgent.bindplane("v1"));
            BoxedUpdate.Offer offer = scenario.offer(offered);
            HostState before = HostState.of(box, scenario.agent());
            return new Under(scenario, offer, before, scenario.start(offered.version(), scenario.bundle(offer)));
        }

        private static Path directory(Path path) {
            try {
                return Files.createDirectories(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        EndedUpdate ended() {
            scenario.awaitEnd(updater);
            return scenario.ended(offer, before, OptionalInt.empty());
        }
    }

    @Test
    void disks_ofSeveralTypes_areWhereTheyWereAskedFor() {
        BoxSpec spec = BoxSpec.standard()
                .withoutDisks()
                .withDisk(Disk.ext4("/opt", "/var/lib/product"))
                .withDisk(Disk.of(Disk.Type.TMPFS, "/opt/agent/volatile"));
        try (Box box = Box.boot(spec)) {
            assertThat(box.exec("findmnt", "-n", "-o", "FSTYPE", "/opt").ok()).isEqualTo("ext4");
            assertThat(box.exec("findmnt", "-n", "-o", "FSTYPE", "/var/lib/product")
                            .ok())
                    .isEqualTo("ext4");
            assertThat(box.exec("findmnt", "-n", "-o", "FSTYPE", "/opt/agent/volatile")
                            .ok())
                    .isEqualTo("tmpfs");
            assertThat(box.disk().image(1)).exists();
        }
        try (Box box = Box.boot(BoxSpec.standard().withoutDisks())) {
            assertThat(box.exec("stat", "-f", "-c", "%T", "/opt").ok()).isEqualTo("overlayfs");
            assertThat(box.at("/opt")).isEmptyDirectory();
        }
    }

    @Test
    void close_ofRunningBox_leavesNoProcessNorControlGroup() {
        Box box = Box.boot();
        ProcessHandle holder = ProcessHandle.of(box.disk().holder()).orElseThrow();
        ProcessHandle leader = box.processHere(1);
        List<Path> groups = box.controlGroups();
        assertThat(groups).isNotEmpty().allSatisfy(group -> assertThat(group).isDirectory());

        box.close();

        assertThat(holder.isAlive()).isFalse();
        assertThat(leader.isAlive()).isFalse();
        assertThat(groups).allSatisfy(group -> assertThat(group).doesNotExist());
        box.close();
    }
}
