package updater.service.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessId;

@EnabledOnOs(OS.LINUX)
class ProcessServiceTests {
    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final String RUNS_ON = "exec sleep 300\n";

    /** Tells when its trap is set. */
    private static final String IGNORES_TERM = "trap '' TERM\n: >ready\nwhile :; do sleep 300; done\n";

    private TestHost host;
    private ProcessService service;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
        service = host.service();
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void start_nothingRuns_runsAndIsRecorded() throws Exception {
        host.installAgent("echo \"$1 $2 $NAME $PWD\"\n" + RUNS_ON, "environment.NAME = n");

        service.start();

        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
        assertThat(service.state().mainPid()).isEqualTo(host.recordedPid());
        host.await(() -> readString(host.home.resolve("log/agent.out")).equals("--config a b n " + host.home + "\n"));
    }

    @Test
    void output_ofAStart_leavesOutThatOfEarlierAndLaterOnes() throws Exception {
        Path output = host.home.resolve("log/agent.out");
        Files.createDirectories(host.home.resolve("log"));
        Files.writeString(output, "of an earlier run\n");
        host.installAgent("echo one; echo two; echo three\n" + RUNS_ON);
        service.start();
        host.await(() -> readString(output).endsWith("three\n"));
        service.stop(BOUND);
        host.installAgent("echo four\n" + RUNS_ON);
        service.start();
        host.await(() -> readString(output).endsWith("four\n"));

        assertThat(service.output(Instant.EPOCH, Instant.MAX, 2)).containsExactly("two", "three");
        assertThat(service.output(Instant.EPOCH, Instant.EPOCH, 2)).isEmpty();
    }

    @Test
    void start_again_keepsTheProcess() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();

        service.start();

        assertThat(service.state().mainPid()).isEqualTo(pid);
        assertThat(host.commands.started).hasSize(1);
    }

    @Test
    void start_recordedByTheProcessItself_isTheSameRecord() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        String ours = Files.readString(host.pidFile());
        Files.delete(host.pidFile());
        service.stop(BOUND);
        host.commands.startDetached(
                List.of(
                        "/bin/sh",
                        "-c",
                        ShellScripts.LAUNCH,
                        "sh",
                        host.pidFile().toString(),
                        "",
                        "/bin/sleep",
                        "300"),
                host.home,
                Map.of(),
                Optional.empty());

        host.await(() -> Files.exists(host.pidFile()));

        assertThat(ours.lines().toList().get(1)).matches("[-0-9a-f]{36}/[0-9]+");
        assertThat(Files.readString(host.pidFile()).lines().toList())
                .containsExactly(
                        Long.toString(host.commands.started.get(1).pid()),
                        host.processes.find(host.recordedPid()).orElseThrow().birth());
        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
    }

    @Test
    void start_programEndsAtOnce_failed() throws Exception {
        host.installAgent("exit 3\n");

        service.start();

        host.await(() -> service.state().activity() == Activity.FAILED);
        assertThat(service.state().stopped()).isTrue();
    }

    @Test
    void start_afterCrash_runsAgain() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long first = host.recordedPid();
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        host.await(() -> service.state().activity() == Activity.FAILED);

        service.start();

        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
        assertThat(host.recordedPid()).isNotEqualTo(first);
    }

    @Test
    void start_programMissing_failsAndLeavesNoPidFile() throws Exception {
        host.installAgent(RUNS_ON);
        Files.delete(host.home.resolve("agent.sh"));

        assertThatThrownBy(service::start)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("agent.sh is not there, or not executable");
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    void start_outputIsALink_failsAndFollowsItNot() throws Exception {
        host.installAgent("echo attacked\n" + RUNS_ON);
        Path outside = Files.writeString(host.home.resolveSibling("outside"), "");
        Files.createDirectories(host.home.resolve("log"));
        Files.createSymbolicLink(host.home.resolve("log/agent.out"), outside);

        assertThatThrownBy(service::start)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("no regular file");
        assertThat(outside).isEmptyFile();
    }

    @Test
    void start_pidFileCannotBeWritten_startsNothing() throws Exception {
        host.installAgent(RUNS_ON);
        host.files.full = true;

        assertThatThrownBy(service::start)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("No space left");
        assertThat(host.commands.started).isEmpty();
    }

    @Test
    void start_withoutShell_isRecordedByTheUpdater() throws Exception {
        host.installAgent("sleep 300\n");
        Files.writeString(host.home.resolve("agent.process"), "command = /bin/sleep 300\n");
        host.commands.shells = false;

        service.start();

        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
        service.stop(BOUND);
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    void stop_running_isGoneAndInactive() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();

        service.stop(BOUND);

        assertThat(host.lives(pid)).isFalse();
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
        assertThat(host.pidFile()).doesNotExist();
    }

    @Test
    void stop_notRunning_changesNothing() throws Exception {
        host.installAgent(RUNS_ON);

        service.stop(BOUND);
        service.stop(BOUND);

        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    void stop_ignoresTerm_isKilled() throws Exception {
        host.installAgent(IGNORES_TERM, "stop-timeout-ms = 200");
        service.start();
        long pid = host.recordedPid();
        host.await(() -> Files.exists(host.home.resolve("ready")));
        long started = System.nanoTime();

        service.stop(BOUND);

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThan(Duration.ofMillis(200));
        assertThat(host.lives(pid)).isFalse();
    }

    @Test
    void stop_slowShutdown_isWaitedFor() throws Exception {
        host.installAgent("trap 'sleep 0.3; echo done >done; exit' TERM\n: >ready\nwhile :; do sleep 0.01; done\n");
        service.start();
        host.await(() -> Files.exists(host.home.resolve("ready")));

        service.stop(BOUND);

        assertThat(host.home.resolve("done")).hasContent("done");
    }

    @Test
    void stop_childrenIgnoreTerm_areKilledToo() throws Exception {
        host.installAgent("(trap '' TERM; sh -c 'echo $$ >child; exec sleep 300') &\nwait\n");
        service.start();
        host.await(() -> !readString(host.home.resolve("child")).isEmpty());
        long child = Long.parseLong(readString(host.home.resolve("child")).strip());
        assertThat(host.lives(child)).isTrue();

        service.stop(BOUND);

        assertThat(host.lives(child)).isFalse();
    }

    @Test
    void stop_updaterIsAChildOfTheAgent_outlivesIt() throws Exception {
        host.installAgent("(sh -c 'echo $$ >child; sleep 300; :') &\nwait\n");
        service.start();
        host.await(() -> !readString(host.home.resolve("child")).isEmpty());
        long updater = Long.parseLong(readString(host.home.resolve("child")).strip());
        long agent = host.recordedPid();
        ProcessService ofChild = host.service(updater);

        assertThat(ofChild.stopKillsUpdater()).isEmpty();
        ofChild.stop(BOUND);

        assertThat(host.lives(agent)).isFalse();
        assertThat(host.lives(updater)).isTrue();
        assertThat(host.processes.descendants(updater)).hasSize(1);
        ProcessHandle.of(updater).ifPresent(handle -> {
            handle.descendants().forEach(ProcessHandle::destroyForcibly);
            handle.destroyForcibly();
        });
    }

    @Test
    void stop_pidGivenToAnotherProcess_leavesItAlone() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long stranger = host.recordedPid();
        ProcessId recorded = host.processes.find(stranger).orElseThrow();
        Files.writeString(host.pidFile(), stranger + "\n" + recorded.birth() + "0\n");

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        service.stop(BOUND);

        assertThat(host.lives(stranger)).isTrue();
    }

    @Test
    void stop_numberOnlyOfAnOlderProcess_isBelieved() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();
        Files.writeString(host.pidFile(), pid + "\n");

        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
        service.stop(BOUND);

        assertThat(host.lives(pid)).isFalse();
    }

    @Test
    void stop_numberOnlyOfAYoungerProcess_leavesItAlone() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();
        Files.writeString(host.pidFile(), pid + "\n");
        Files.setLastModifiedTime(host.pidFile(), FileTime.from(Instant.now().minusSeconds(3600)));

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        service.stop(BOUND);

        assertThat(host.lives(pid)).isTrue();
        assertThat(host.pidFile()).doesNotExist();
    }

    @Test
    void stop_pidFileIsTorn_removesIt() throws Exception {
        host.installAgent(RUNS_ON);
        Files.createDirectories(host.home.resolve("log"));
        Files.writeString(host.pidFile(), "");

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        service.stop(BOUND);

        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    void stop_starterDiedBeforeItRecorded_findsTheAgent() throws Exception {
        host.installAgent(RUNS_ON);
        Files.createDirectories(host.home.resolve("log"));
        Files.writeString(host.pidFile(), "starting 4194305\nno-such-birth/1\n");
        long agent = host.commands.startDetached(
                List.of(
                        "/bin/sh",
                        "-c",
                        "sleep 0.2\n" + ShellScripts.LAUNCH,
                        "sh",
                        host.pidFile().toString(),
                        "",
                        "/bin/sleep",
                        "300"),
                host.home,
                Map.of("PATH", "/usr/bin:/bin"),
                Optional.empty());

        service.stop(BOUND);

        assertThat(host.lives(agent)).isFalse();
        assertThat(host.pidFile()).doesNotExist();
    }

    @Test
    void stop_itIsTheUpdater_isRefused() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        ProcessService itself = host.service(host.recordedPid());

        assertThat(itself.stopKillsUpdater()).isPresent();
        assertThatThrownBy(() -> itself.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("the updater itself");
        assertThat(host.lives(host.recordedPid())).isTrue();
    }

    @Test
    void state_zombie_failed() throws Exception {
        host.installAgent(RUNS_ON);
        long parent = host.commands.startDetached(
                List.of("/bin/sh", "-c", "sh -c 'echo $$ >zombie; exit' & exec sleep 300"),
                host.home,
                Map.of("PATH", "/usr/bin:/bin"),
                Optional.empty());
        host.await(() -> !readString(host.home.resolve("zombie")).isEmpty());
        long zombie = Long.parseLong(readString(host.home.resolve("zombie")).strip());
        host.await(() -> !host.lives(zombie));
        Files.createDirectories(host.home.resolve("log"));
        Files.writeString(host.pidFile(), zombie + "\n");

        assertThat(host.lives(parent)).isTrue();
        assertThat(ProcessHandle.of(zombie)).isPresent();
        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
    }

    @Test
    void inspect_runningAndNot_isReported() throws Exception {
        host.installAgent(RUNS_ON, "stop-timeout-ms = 3000");
        ServiceFacts before = service.inspect();
        service.start();

        assertThat(before).isEqualTo(new ServiceFacts(false, "manual", List.of(), Duration.ofSeconds(8), ""));
        assertThat(service.inspect().active()).isTrue();
    }

    /** An update must not find out once the agent is stopped. */
    @Test
    void inspect_outputIsALink_fails() throws Exception {
        host.installAgent(RUNS_ON);
        Files.createDirectories(host.home.resolve("log"));
        Files.createSymbolicLink(host.home.resolve("log/agent.out"), Path.of("elsewhere"));

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("no regular file");
    }

    /** Home's owner may have put a link in the place of the directory since it was looked at. */
    @Test
    void launch_pidFilesDirectoryIsAnotherOne_writesAndStartsNothing() throws Exception {
        Path elsewhere = Files.createDirectory(host.home.resolveSibling("elsewhere"));
        Path log = host.home.resolve("log");
        Files.createSymbolicLink(log, elsewhere);
        List<String> command = List.of(
                "/bin/sh",
                "-c",
                ShellScripts.LAUNCH,
                "sh",
                log.resolve("agent.pid").toString(),
                log.toString(),
                "/bin/true");

        int exit = new ProcessBuilder(command).start().waitFor();

        assertThat(exit).isEqualTo(125);
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void inspect_noDefinition_isRefused() {
        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("there is no process definition " + host.home.resolve("agent.process"));
    }

    @Test
    void inspect_pidFileInAPlaceThatIsRolledBack_isRefused() throws Exception {
        host.installAgent(RUNS_ON, "pid-file = [INSTALLDIR]storage/agent.pid");

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("storage/agent.pid");
    }

    @Test
    void inspect_outputBelowTmp_isRefused() throws Exception {
        host.installAgent(RUNS_ON, "output = [INSTALLDIR]tmp/agent.out");

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("tmp/agent.out");
    }

    @Test
    void inspect_escapeByDotDot_isRefused() throws Exception {
        host.installAgent(RUNS_ON, "pid-file = [INSTALLDIR]log/../agent.pid");

        assertThatThrownBy(service::inspect).isInstanceOf(UpdateFailure.Refused.class);
    }

    @Test
    void compareDefinition_none_isNone() throws Exception {
        host.installAgent(RUNS_ON);

        assertThat(service.compareDefinition(host.home.resolve("tmp/latest")))
                .isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    void compareDefinition_same_isNone() throws Exception {
        host.installAgent(RUNS_ON);
        Path staged = stage(TestHost.definition());

        assertThat(service.compareDefinition(staged)).isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    void compareDefinition_other_isReplacedUnexpanded() throws Exception {
        host.installAgent(RUNS_ON);
        String other = TestHost.definition("stop-timeout-ms = 5");
        Path staged = stage(other);

        assertThat(service.compareDefinition(staged))
                .isEqualTo(new DefinitionChange.ReplaceFile(
                        host.home.resolve("agent.process"), Bytes.of(TestHost.utf8(other)), 0644));
    }

    @Test
    void compareDefinition_malformed_isRefused() throws Exception {
        host.installAgent(RUNS_ON);
        Path staged = stage("command\n");

        assertThatThrownBy(() -> service.compareDefinition(staged))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("line 1");
    }

    @Test
    void requireMet_programOrDirectoryThatWillNotBeThere_isRefused() throws Exception {
        host.installAgent(RUNS_ON);
        for (String definition : List.of(
                "command = /bin/none of such a name\n",
                "command = [INSTALLDIR]gone\n",
                "command = [INSTALLDIR]install\n",
                TestHost.definition("directory = /srv/none"))) {
            Path staged = stage(definition);

            assertThatThrownBy(() -> service.requireMet(staged, staged))
                    .as(definition)
                    .isInstanceOfSatisfying(
                            UpdateFailure.Refused.class,
                            refused -> assertThat(refused.code()).contains(RefusalCode.DEFINITION_UNMET));
        }
    }

    @Test
    void requireMet_programThatTheUpdateBrings_isMet() throws Exception {
        host.installAgent(RUNS_ON);
        Path staged = stage("command = [INSTALLDIR]next\ndirectory = [INSTALLDIR]work\n");
        Files.createDirectory(staged.resolve("work"));
        Files.setPosixFilePermissions(
                Files.writeString(staged.resolve("next"), "#!/bin/sh\n"), PosixFilePermissions.fromString("rwxr-xr-x"));

        service.requireMet(staged, staged);
    }

    /** There is no key for them: the agent is run as the updater is. */
    @Test
    void placeholders_areTheUpdatersOwnAccount() throws Exception {
        host.installAgent(RUNS_ON, "environment.WHO = [USER]:[GROUP]", "output = [INSTALLDIR]log/[USER].out");
        String user = ProcessHandle.current().info().user().orElseThrow();

        service.start();

        assertThat(host.home.resolve("log/" + user + ".out")).exists();
    }

    private Path stage(String definition) throws IOException {
        Path staged = host.home.resolve("tmp/latest");
        Path file = staged.resolve("install/agent.process");
        Files.createDirectories(file.getParent());
        Files.writeString(file, definition);
        return staged;
    }

    private static String readString(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
