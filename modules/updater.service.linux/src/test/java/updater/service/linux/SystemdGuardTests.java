package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.Guard;
import updater.testkit.PlainHostFiles;

class SystemdGuardTests {
    private static final List<String> RECOVER = List.of("/var/lib/probe-updater/updater", "recover");

    @TempDir
    Path root;

    private final FakeSystemd systemd = new FakeSystemd();
    private final PlainHostFiles files = new PlainHostFiles();
    private Path units;
    private Guard guard;

    @BeforeEach
    void open() throws Exception {
        units = Files.createDirectories(root.resolve("etc/systemd/system"));
        Files.createDirectories(units.resolve("multi-user.target.wants"));
        guard = guard("home");
        systemd.unit("agent.service", "WantedBy=multi-user.target", "RequiredBy=");
    }

    private Guard guard(String home) {
        return new SystemdProvider(root)
                .open(Contexts.context("agent", root.resolve(home), systemd, files, new ManualTicker(), 1))
                .guard();
    }

    private List<String> written() throws Exception {
        try (Stream<Path> tree = Files.walk(units)) {
            return tree.filter(path -> !Files.isDirectory(path))
                    .map(path -> units.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void arm_writesBothHalvesAndStartsTheTimer_withoutReload() throws Exception {
        guard.arm(RECOVER);

        assertThat(written())
                .containsExactly(
                        "multi-user.target.wants/probe-updater-recover.service",
                        "probe-updater-guard.service",
                        "probe-updater-guard.timer",
                        "probe-updater-recover.service");
        assertThat(Files.readSymbolicLink(units.resolve("multi-user.target.wants/probe-updater-recover.service")))
                .isEqualTo(Path.of("../probe-updater-recover.service"));
        assertThat(systemd.ran).containsExactly("start -- probe-updater-guard.timer");
        assertThat(guard.armed()).isTrue();
    }

    @Test
    void arm_bootHalf_runsBeforeTheAgentOnceHomeIsMountedAndIsBounded() throws Exception {
        guard = guard("ho me%$\"");

        guard.arm(RECOVER);

        assertThat(Files.readString(units.resolve("probe-updater-recover.service")))
                .contains(
                        "Before=agent.service\n",
                        "Wants=probe-updater-guard.timer\n",
                        "TimeoutStartSec=90\n",
                        "StartLimitIntervalSec=0\n",
                        "Type=oneshot\n",
                        "/state/journal\" \"/var/lib/probe-updater/updater\" \"recover\" \"--at-boot\"\n")
                .containsPattern("RequiresMountsFor=\"[^ ]*/ho me%%\\$\\\\\"\" \"[^ ]*/state\"\n");
    }

    /** The timer runs when the boot is over, and may wait for the agent. */
    @Test
    void arm_timerHalf_isNotTheBoots() throws Exception {
        guard.arm(RECOVER);

        assertThat(Files.readString(units.resolve("probe-updater-guard.service")))
                .doesNotContain("--at-boot");
    }

    /** Runs what systemd would run, and returns its exit code. */
    private int runTimed() throws Exception {
        String text = Files.readString(units.resolve("probe-updater-guard.service"));
        Matcher line = Pattern.compile("^ExecStart=(.*)$", Pattern.MULTILINE).matcher(text);
        assertThat(line.find()).isTrue();
        List<String> argv = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"")
                .matcher(line.group(1))
                .results()
                .map(word -> word.group(1).replaceAll("\\\\(.)", "$1").replace("$$", "$"))
                .toList();
        return new ProcessBuilder(argv).start().waitFor();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 134})
    void arm_commandEnds_isSuccessOnlyWhenTheJournalIsGone(int code) throws Exception {
        guard.arm(List.of("/bin/sh", "-c", "exit " + code));
        Path journal = Contexts.context("agent", root.resolve("home"), systemd, files, new ManualTicker(), 1)
                .layout()
                .journal();
        Files.createDirectories(journal.getParent());

        assertThat(runTimed() == 0)
                .as("without a journal")
                .isEqualTo(List.of(0, 1, 3, 5).contains(code));
        Files.createFile(journal);
        assertThat(runTimed() == 0).as("with a journal").isEqualTo(code == 3);
    }

    @Test
    void arm_agentWantedByOtherTargets_isPulledInWithIt() throws Exception {
        systemd.unit("agent.service", "WantedBy=other.service custom.target", "RequiredBy=strict.target");

        guard.arm(RECOVER);

        assertThat(written())
                .contains(
                        "multi-user.target.wants/probe-updater-recover.service",
                        "custom.target.wants/probe-updater-recover.service",
                        "strict.target.wants/probe-updater-recover.service")
                .noneMatch(name -> name.contains("other.service"));
    }

    @Test
    void arm_twice_sameAsOnce() throws Exception {
        guard.arm(RECOVER);
        List<String> once = written();

        guard.arm(RECOVER);

        assertThat(written()).isEqualTo(once);
    }

    @Test
    void arm_nothingWritable_failsBeforeTheTimer() {
        files.readOnly = true;

        assertThatThrownBy(() -> guard.arm(RECOVER))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("Read-only file system");
        assertThat(systemd.ran).isEmpty();
    }

    @Test
    void arm_timerDoesNotStart_fails() {
        systemd.on("start", arguments -> FakeSystemd.failed(1, "no"));

        assertThatThrownBy(() -> guard.arm(RECOVER))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("timer");
    }

    @Test
    void arm_lineBreakInAPath_failsAndWritesNothing() throws Exception {
        guard = guard("ho\nme");

        assertThatThrownBy(() -> guard.arm(RECOVER)).isInstanceOf(UpdateFailure.Service.class);
        assertThat(written()).isEmpty();
    }

    @Test
    void disarm_leavesNoTraceAndOnlyStopsTheTimer() throws Exception {
        guard.arm(RECOVER);
        systemd.ran.clear();
        systemd.unit("probe-updater-guard.timer", "LoadState=loaded", "ActiveState=active")
                .unit("probe-updater-guard.service", "LoadState=loaded", "ActiveState=activating");

        guard.disarm();

        assertThat(written()).isEmpty();
        assertThat(systemd.ran).containsExactly("stop -- probe-updater-guard.timer");
    }

    @Test
    void disarm_afterAReload_makesSystemdForgetTheBootHalf() throws Exception {
        guard.arm(RECOVER);
        systemd.ran.clear();
        systemd.unit("probe-updater-recover.service", "LoadState=loaded", "ActiveState=failed");

        guard.disarm();

        assertThat(systemd.ran).hasSize(2);
        assertThat(systemd.ran.getFirst()).isEqualTo("reset-failed -- probe-updater-recover.service");
        assertThat(systemd.ran.getLast()).startsWith("daemon-reload");
    }

    @Test
    void disarm_twiceOrNeverArmed_nothing() throws Exception {
        guard.disarm();
        guard.disarm();

        assertThat(systemd.ran).isEmpty();
        assertThat(guard.armed()).isFalse();
    }

    @Test
    void disarm_linksOfAnEarlierTarget_areFound() throws Exception {
        systemd.unit("agent.service", "WantedBy=custom.target");
        guard.arm(RECOVER);
        systemd.unit("agent.service", "WantedBy=");

        guard.disarm();

        assertThat(written()).isEmpty();
    }

    @Test
    void armed_onlyTheTimerLeft_true() throws Exception {
        assertThat(guard.armed()).isFalse();

        systemd.unit("probe-updater-guard.timer", "LoadState=loaded", "ActiveState=active");

        assertThat(guard.armed()).isTrue();
    }
}
