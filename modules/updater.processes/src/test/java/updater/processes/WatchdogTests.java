package updater.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.processes.fixture.RealHost;

@EnabledOnOs(OS.LINUX)
class WatchdogTests {
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final Duration NEVER = Duration.ofHours(1);

    private final long updater = ProcessHandle.current().pid();
    private RealHost host;
    private Path calls;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        host = new RealHost(directory);
        calls = host.home.resolveSibling("calls");
    }

    @AfterEach
    void close() {
        host.close();
    }

    private List<String> recover() {
        return recover("recover");
    }

    private List<String> recover(String argument) {
        return List.of("/bin/sh", "-c", "echo \"$1\" >>'" + calls + "'", "sh", argument);
    }

    private long lines() {
        try (Stream<String> lines = Files.exists(calls) ? Files.lines(calls) : Stream.empty()) {
            return lines.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private long pid() {
        return host.commands.started.getLast().pid();
    }

    /** Waits until a loop that is never to wake is done with all it does first, and returns what it sleeps by. */
    private ProcessId awaitAsleep() throws UpdateFailure.Service {
        AtomicReference<ProcessId> sleeper = new AtomicReference<>();
        host.await(() -> {
            ProcessHandle.of(pid()).stream()
                    .flatMap(ProcessHandle::children)
                    .filter(child -> List.of(child.info().arguments().orElse(new String[0]))
                            .equals(List.of(Long.toString(NEVER.toSeconds()))))
                    .flatMap(child -> host.processes.find(child.pid()).stream())
                    .forEach(sleeper::set);
            return sleeper.get() != null;
        });
        return sleeper.get();
    }

    @Test
    void arm_updaterGone_runsTheCommandAgainAndAgain() throws Exception {
        host.watchdog(updater, OFTEN).arm(recover("with a space"));

        host.await(() -> lines() >= 3);

        assertThat(Files.readAllLines(calls)).containsOnly("with a space");
        assertThat(host.watchdog(updater, OFTEN).armed()).isTrue();
    }

    /** A virtual machine that cannot start ends with the code of a rollback that worked. */
    @Test
    void arm_commandEndsInAnyWay_runsItAgainAsLongAsTheMarkerIsThere() throws Exception {
        for (int code : new int[] {0, 1, 5}) {
            Files.deleteIfExists(calls);
            host.watchdog(updater, OFTEN).arm(List.of("/bin/sh", "-c", "echo again >>'" + calls + "'; exit " + code));

            host.await(() -> lines() >= 2);
        }
    }

    @Test
    void arm_twice_keepsOneLoop() throws Exception {
        host.watchdog(updater, NEVER).arm(recover());
        host.watchdog(updater, NEVER).arm(recover());

        assertThat(host.commands.started).hasSize(1);
        assertThat(host.lives(pid())).isTrue();
    }

    /** On a busy host. Two writers of one pid file would each undo what the other, or a disarm, did to it. */
    @Test
    void arm_loopIsSlow_itAloneWritesThePidFile() throws Exception {
        Path gate = host.home.resolveSibling("gate");
        host.commands.gate = Optional.of(gate);

        host.watchdog(updater, NEVER, new LateTicker(Duration.ofSeconds(5), () -> Files.createFile(gate)))
                .arm(recover());

        Path pidFile = host.layout.state().resolve("guard.pid");
        assertThat(Files.readAllLines(pidFile)).first().isEqualTo(Long.toString(pid()));
        assertThat(host.files.written).isNotEmpty().doesNotContain(pidFile);
    }

    @Test
    void arm_loopDoesNotWriteItselfDown_failsAndLeavesNoLoop() throws Exception {
        host.commands.gate = Optional.of(host.home.resolveSibling("gate"));

        assertThatThrownBy(() -> host.watchdog(updater, NEVER, new LateTicker(Duration.ofHours(1), () -> {}))
                        .arm(recover()))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("did not write its pid file within 10 s");

        assertThat(host.lives(pid())).isFalse();
        host.watchdog(updater, NEVER).disarm();
        assertThat(host.layout.state()).isEmptyDirectory();
    }

    @Test
    void arm_loopEndsAtOnce_saysSo() throws Exception {
        host.commands.instead = Optional.of(List.of("/bin/false"));

        assertThatThrownBy(() -> host.watchdog(updater, NEVER).arm(recover()))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("ended as soon as it was started");
    }

    @Test
    void arm_otherCommand_replacesTheLoop() throws Exception {
        host.watchdog(updater, NEVER).arm(recover());
        long first = pid();

        host.watchdog(updater, OFTEN).arm(recover("new"));

        host.await(() -> lines() >= 1);
        assertThat(host.lives(first)).isFalse();
        assertThat(Files.readAllLines(calls)).containsOnly("new");
    }

    @Test
    void arm_loopWasKilled_startsAnother() throws Exception {
        host.watchdog(updater, NEVER).arm(recover());
        long first = pid();
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        host.await(() -> !host.lives(first));

        host.watchdog(updater, OFTEN).arm(recover());

        host.await(() -> lines() >= 1);
    }

    @Test
    void arm_withoutShell_saysSo() throws Exception {
        host.commands.shells = false;

        assertThatThrownBy(() -> host.watchdog(updater, OFTEN).arm(recover()))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("no guard without a shell");
        assertThat(host.watchdog(updater, OFTEN).armed()).isFalse();
    }

    /** As after a reboot, or the end of a container: its files are there, and nobody watches. */
    @Test
    void ready_loopWasKilled_isNot_andArmStartsItAgain() throws Exception {
        assertThat(host.watchdog(updater, NEVER).ready()).isFalse();
        host.watchdog(updater, NEVER).arm(recover());
        assertThat(host.watchdog(updater, NEVER).ready()).isTrue();
        ProcessHandle loop = ProcessHandle.of(pid()).orElseThrow();
        ProcessId sleeper = awaitAsleep();

        loop.destroyForcibly();
        host.await(() -> !host.lives(loop.pid()));
        host.processes.kill(sleeper);

        assertThat(host.watchdog(updater, NEVER).armed()).isTrue();
        assertThat(host.watchdog(updater, NEVER).ready()).isFalse();
        host.watchdog(updater, NEVER).arm(recover());
        assertThat(host.watchdog(updater, NEVER).ready()).isTrue();
        host.watchdog(updater, NEVER).disarm();
    }

    @Test
    void disarm_asleep_endsLoopAndSleeperAndLeavesNothing() throws Exception {
        host.watchdog(updater, NEVER).arm(recover());
        long loop = pid();
        ProcessId sleeper = awaitAsleep();

        host.watchdog(updater, NEVER).disarm();
        host.watchdog(updater, NEVER).disarm();

        assertThat(host.lives(loop)).isFalse();
        host.await(() -> !host.processes.lives(sleeper));
        assertThat(host.watchdog(updater, NEVER).armed()).isFalse();
        assertThat(host.layout.state()).isEmptyDirectory();
    }

    @Test
    void disarm_byItsOwnCommand_letsTheCommandFinish() throws Exception {
        Path go = host.home.resolveSibling("go");
        host.watchdog(updater, OFTEN)
                .arm(List.of(
                        "/bin/sh",
                        "-c",
                        "echo $$ >>'" + calls + "'; until test -e '" + go + "'; do sleep 0.01; done; echo end >>'"
                                + calls + "'"));
        host.await(() -> lines() >= 1);
        long loop = pid();
        long command = Long.parseLong(Files.readAllLines(calls).getFirst());

        host.watchdog(command, OFTEN).disarm();

        assertThat(host.lives(command)).isTrue();
        assertThat(host.lives(loop)).isTrue();
        Files.createFile(go);
        host.await(() -> !host.lives(loop));
        assertThat(Files.readAllLines(calls)).containsExactly(Long.toString(command), "end");
        assertThat(host.layout.state()).isEmptyDirectory();
    }

    @Test
    void disarm_pidGivenToAnotherProcess_leavesItAlone() throws Exception {
        host.watchdog(updater, NEVER).arm(recover());
        // One that is still on its way there would find no marker, and end by itself.
        awaitAsleep();
        Path pidFile = host.layout.state().resolve("guard.pid");
        Files.writeString(pidFile, Files.readString(pidFile).strip() + "0\n");

        host.watchdog(updater, NEVER).disarm();

        assertThat(host.lives(pid())).isTrue();
    }

    @Test
    void disarm_markerRemovedThenUpdaterKilled_loopEndsByItself() throws Exception {
        host.watchdog(updater, OFTEN).arm(recover());
        host.await(() -> lines() >= 1);

        Files.delete(host.layout.state().resolve("guard"));

        host.await(() -> !host.lives(pid()));
        assertThat(host.watchdog(updater, OFTEN).armed()).isTrue();
        host.watchdog(updater, OFTEN).disarm();
        assertThat(host.watchdog(updater, OFTEN).armed()).isFalse();
    }

    @Test
    void arm_stateDirectoryIsRemoved_loopEndsByItself() throws Exception {
        host.watchdog(updater, OFTEN).arm(recover());
        try (Stream<Path> files = Files.list(host.layout.state())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }

        host.await(() -> !host.lives(pid()));
    }
}
