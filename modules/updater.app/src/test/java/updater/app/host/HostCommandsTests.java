package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;

@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class HostCommandsTests {
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final HostCommands commands = HostCommands.posix();

    private Result shell(String script, String... arguments) throws UpdateFailure.Service {
        return shell(BOUND, script, arguments);
    }

    private Result shell(Duration bound, String script, String... arguments) throws UpdateFailure.Service {
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
        argv.addAll(List.of(arguments));
        return commands.run(argv, bound);
    }

    @Test
    void run_bothStreamsAndExit_areReturned() throws Exception {
        assertThat(shell("echo out; echo err >&2; exit 3")).isEqualTo(new Result(3, "out\n", "err\n"));
    }

    @Test
    void run_arguments_arePassedAsTheyAre() throws Exception {
        assertThat(shell("printf '<%s>' \"$@\"", "a b", "", "*", "$HOME", "é").out())
                .isEqualTo("<a b><><*><$HOME><é>");
    }

    @Test
    void run_surroundings_areFixed() throws Exception {
        Result result = shell("pwd; cat | wc -c; /usr/bin/env -u PWD -u _ -u SHLVL -u OLDPWD");

        assertThat(result.out().lines().map(String::strip))
                .containsExactlyInAnyOrder("/", "0", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C");
    }

    @Test
    void windows_surroundings_areAllThatWindowsNeeds(@TempDir Path root) throws Exception {
        Files.createDirectory(root.resolve("System32"));
        HostCommands windows = HostCommands.windows(root, Path.of("/dev/null"));

        Result result = windows.run(List.of("/usr/bin/env"), Duration.ofSeconds(10));

        assertThat(result.out().lines())
                .containsExactlyInAnyOrder(
                        "SystemRoot=" + root,
                        "windir=" + root,
                        "PATH=" + root + "/System32;" + root,
                        "PATHEXT=.COM;.EXE;.BAT;.CMD",
                        "ComSpec=" + root + "/System32/cmd.exe",
                        "TEMP=" + root + "/Temp",
                        "TMP=" + root + "/Temp");
    }

    @Test
    void run_moreThanTheCapOnBothStreams_isCutAndDoesNotBlock() throws Exception {
        Result result = shell("head -c 3000000 /dev/zero | tr '\\0' a; head -c 3000000 /dev/zero | tr '\\0' b >&2");

        assertThat(result.exit()).isZero();
        assertThat(result.out()).isEqualTo("a".repeat(1 << 20));
        assertThat(result.err()).isEqualTo("b".repeat(1 << 20));
    }

    @Test
    void run_muchOutputRightBeforeTheEnd_isComplete() throws Exception {
        for (int round = 0; round < 50; round++) {
            assertThat(shell("head -c 60000 /dev/zero | tr '\\0' a").out()).hasSize(60_000);
        }
    }

    @Test
    void run_leavesADaemonWithThePipe_doesNotWaitForIt() throws Exception {
        Result result = shell("sleep 300 & echo $!");

        ProcessHandle daemon =
                ProcessHandle.of(Long.parseLong(result.out().strip())).orElseThrow();
        assertThat(daemon.isAlive()).isTrue();
        daemon.destroyForcibly();
    }

    @Test
    void run_endlessOutput_endsAtTheBound() {
        assertThatThrownBy(() -> shell(Duration.ofMillis(200), "while :; do echo line; done"))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("did not end within 200 ms");
    }

    @Test
    void run_scriptOfLinesDoesNotEnd_isNamedOnOne() {
        assertThatThrownBy(() -> shell(Duration.ofMillis(200), "trap '' TERM\n  while :; do :; done\n"))
                .hasMessageContaining("trap '' TERM; while :; do :; done")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void run_hangs_isKilledWithItsChildren(@TempDir Path directory) throws Exception {
        Path pids = directory.resolve("pids");

        assertThatThrownBy(() -> shell(
                        Duration.ofSeconds(1),
                        "trap '' TERM; sleep 300 & echo $$ $! >\"$1.new\"; mv \"$1.new\" \"$1\"; wait",
                        pids.toString()))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("did not end within 1000 ms");

        for (String pid : Files.readString(pids).strip().split(" ", -1)) {
            Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid));
            if (process.isPresent()) {
                process.get().onExit().get(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void run_interrupted_failsAndStaysInterrupted() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> shell("sleep 300"))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void run_bareName_isRefused() {
        assertThatThrownBy(() -> commands.run(List.of("sh", "-c", "exit 0"), BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("absolute");
    }

    @Test
    void run_missing_failsWithItsName() {
        assertThatThrownBy(() -> commands.run(List.of("/no/such/command"), BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("/no/such/command");
    }

    @Test
    void find_severalCandidates_firstThatCanBeExecuted(@TempDir Path directory) throws IOException {
        Path plain = Files.createFile(directory.resolve("plain"));

        assertThat(commands.find(List.of(directory.resolve("missing"), plain, directory, Path.of("/bin/sh"))))
                .hasValue(Path.of("/bin/sh"));
        assertThat(commands.find(List.of(plain))).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void startDetached_process_leadsASessionOfItsOwnUnderTheReturnedId(@TempDir Path directory) throws Exception {
        Path output = Files.writeString(directory.resolve("output"), "before\n");
        long pid = commands.startDetached(
                List.of("/bin/sh", "-c", "echo $$; echo err >&2; pwd; /usr/bin/env -u PWD; exec cat /proc/self/stat"),
                directory,
                Map.of("A", "b c"),
                Optional.of(output));

        ProcessHandle.of(pid).ifPresent(handle -> handle.onExit().join());

        List<String> lines = Files.readAllLines(output);
        assertThat(lines.subList(0, 5))
                .containsExactly("before", Long.toString(pid), "err", directory.toString(), "A=b c");
        String[] stat = lines.get(5).split(" ", -1);
        assertThat(stat[0]).isEqualTo(Long.toString(pid));
        assertThat(stat[5]).as("session").isEqualTo(Long.toString(pid));
    }

    @Test
    void startDetached_withoutSetsid_runsAllTheSame(@TempDir Path directory) throws Exception {
        HostCommands plain = new HostCommands(Map.of(), Path.of("/dev/null"), Path.of("/"), List.of());
        long pid = plain.startDetached(
                List.of("/bin/sh", "-c", "echo $$"), directory, Map.of(), Optional.of(directory.resolve("output")));

        ProcessHandle.of(pid).ifPresent(handle -> handle.onExit().join());

        assertThat(directory.resolve("output")).hasContent(Long.toString(pid));
    }

    @Test
    void startDetached_bareName_isRefused() {
        assertThatThrownBy(() -> commands.startDetached(List.of("sh"), Path.of("/"), Map.of(), Optional.empty()))
                .isInstanceOf(UpdateFailure.Service.class);
    }

    @Test
    void startDetached_directoryMissing_fails() {
        assertThatThrownBy(() -> commands.startDetached(
                        List.of("/bin/sh"), Path.of("/no/such/directory"), Map.of(), Optional.empty()))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("/no/such/directory");
    }
}
