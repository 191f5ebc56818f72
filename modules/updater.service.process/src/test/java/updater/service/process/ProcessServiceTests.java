package updater.service.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceState.Activity;

/** How a process is started, recorded, and seen again. */
@EnabledOnOs(OS.LINUX)
class ProcessServiceTests extends SupervisedAgent {
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
    void state_pidFileByHand_isBelievedForWhatHasToDoWithHome() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        String number = host.recordedPid() + "\n";
        Files.writeString(host.pidFile(), number);

        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
        assertThat(service.state().mainPid()).isEqualTo(host.recordedPid());
    }

    @Test
    void state_pidFileByHandNamesAnOlderForeignProcess_isNotTheAgent(@TempDir Path elsewhere) throws Exception {
        host.installAgent(RUNS_ON);
        long foreign = host.commands.startDetached(List.of("/bin/sleep", "300"), elsewhere, Map.of(), Optional.empty());
        host.await(() -> host.processes.find(foreign).isPresent());
        Files.createDirectories(host.pidFile().getParent());
        Files.writeString(host.pidFile(), foreign + "\n");

        // Before it is what it becomes, it is what starts it in a session of its own.
        host.await(() -> service.state().detail().contains("sleep"));
        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        assertThat(service.state().detail()).contains("process " + foreign, "is not the agent: it runs /");

        service.stop(BOUND);
        assertThat(host.processes.find(foreign)).isPresent();
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
        Files.delete(host.home.resolve("agent"));

        assertThatThrownBy(service::start)
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("agent is not there, or not executable");
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
}
