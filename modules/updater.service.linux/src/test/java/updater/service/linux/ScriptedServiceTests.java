package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

/** What init scripts do that they should not, and whose processes are left alone. */
@EnabledOnOs(OS.LINUX)
class ScriptedServiceTests {
    private static final Duration BOUND = Duration.ofSeconds(4);

    private SysVBench bench;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        bench = new SysVBench(directory.toRealPath(), SysVBench.Script.CARELESS);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private ServiceManager running() throws Exception {
        ServiceManager manager = bench.open();
        manager.start();
        await(manager, Activity.RUNNING);
        return manager;
    }

    private static ServiceState await(ServiceManager manager, Activity activity) throws Exception {
        InitBench.await(() -> {
            try {
                return manager.state().activity() == activity;
            } catch (UpdateFailure.Service e) {
                throw new AssertionError(e);
            }
        });
        return manager.state();
    }

    private void script(String text) throws Exception {
        InitBench.program(bench.script(), "#!/bin/sh\n" + text);
    }

    private void program(String body) throws Exception {
        InitBench.program(bench.home.resolve("agent"), "#!/bin/sh\ncd '" + bench.home + "'\n" + body);
    }

    private String read(String pathInHome) {
        try {
            Path file = bench.home.resolve(pathInHome);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void stop_operatorsInHome_areLeftAlone() throws Exception {
        ServiceManager manager = running();
        Files.writeString(bench.home.resolve("log/x"), "");
        long tail = stranger("/usr/bin/tail", "-f", bench.home.resolve("log/x").toString());
        long shell = stranger("/bin/sh", "-c", "sleep 300; :");
        long editor =
                stranger("/usr/bin/tail", "-f", bench.home.resolve("agent").toString());
        script("exit 0\n");

        manager.stop(Duration.ofSeconds(1));

        assertThat(manager.state().stopped()).isTrue();
        for (long pid : List.of(tail, shell, editor)) {
            assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isPresent();
        }
    }

    private long stranger(String... command) throws Exception {
        return bench.commands.startDetached(
                List.of(command), bench.home, Map.of("PATH", "/usr/bin:/bin"), Optional.empty());
    }

    @Test
    void warnings_anotherDaemonOfHome_isNamedBeforeItIsEnded() throws Exception {
        ServiceManager manager = running();
        // What starts the agent may take a moment longer to end.
        InitBench.await(() -> {
            try {
                return manager.warnings().isEmpty();
            } catch (UpdateFailure e) {
                throw new AssertionError(e);
            }
        });
        InitBench.program(
                bench.home.resolve("other"), "#!/bin/sh\necho $$ >log/other.pid\nread -r x <>log/other.fifo\n");
        new ProcessBuilder("mkfifo", bench.home.resolve("log/other.fifo").toString())
                .start()
                .waitFor();
        // Not a child of the updater's.
        stranger("/bin/sh", "-c", "cd '" + bench.home + "' && { ./other >/dev/null 2>&1 & exit; }");
        InitBench.await(() -> read("log/other.pid").endsWith("\n"));
        long other = Long.parseLong(read("log/other.pid").strip());

        assertThat(manager.warnings()).singleElement().asString().contains("process " + other, "start it again");
        manager.stop(BOUND);
        assertThat(runs(other)).isFalse();
    }

    /** One that has ended is there until its parent, which may be slow, has asked how. */
    private static boolean runs(long pid) throws IOException {
        try {
            return Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline")).length > 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** The verb is in the arguments of the process that runs the script, as it is of every service(8). */
    @Test
    void state_somebodyRestartsIt_isStoppedAndStartedAndNoCrash() throws Exception {
        ServiceManager manager = running();
        ServiceState first = manager.state();
        Path script = bench.root.resolve("restarting/agent");
        Files.createDirectories(script.getParent());
        InitBench.program(script, "#!/bin/sh\nread -r go <\"$0.go\"\n");
        new ProcessBuilder("mkfifo", script + ".go").start().waitFor();
        stranger(script.toString(), "restart");

        bench.crash();

        assertThat(await(manager, Activity.STOPPING).detail()).contains("somebody else");
        Files.writeString(Path.of(script + ".go"), "\n");
        await(manager, Activity.FAILED);
        bench.open().start();
        ServiceState second = await(manager, Activity.RUNNING);
        assertThat(second.run().id()).isNotEqualTo(first.run().id());
        assertThat(second.restarts()).isEqualTo(first.restarts());
    }

    /** Until it is what it becomes, nothing of an agent that another's start has made is to be seen. */
    @Test
    void start_somebodyElsesAgentShowsOnlyLater_isToldFromItsOwn() throws Exception {
        Path go = bench.home.resolve("log/go");
        new ProcessBuilder("mkfifo", go.toString()).start().waitFor();
        long others = stranger("/bin/sh", "-c", "read -r go <'" + go + "'; exec '" + bench.home + "/agent'");
        ServiceManager manager = bench.open();
        assertThat(manager.state().activity()).isEqualTo(Activity.INACTIVE);
        String real = Files.readString(bench.script());
        script("exit 0\n");

        manager.start();
        Files.writeString(go, "\n");
        ServiceState state = await(manager, Activity.RUNNING);
        assertThat(state.mainPid()).isEqualTo(others);
        assertThat(state.run().earlier()).isTrue();

        Files.writeString(bench.script(), real);
        manager.stop(BOUND);
        manager.start();
        assertThat(await(manager, Activity.RUNNING).run().earlier()).isFalse();
    }

    @Test
    void state_pidFileOfSomebodyElse_isNotBelieved() throws Exception {
        long stranger = bench.commands.startDetached(
                List.of("/usr/bin/tail", "-f", "/dev/null"), Path.of("/"), Map.of(), Optional.empty());
        Files.createDirectories(bench.root.resolve("run"));
        Path pidFile = Files.writeString(bench.root.resolve("run/agent.pid"), stranger + "\n");
        Files.setLastModifiedTime(
                pidFile,
                java.nio.file.attribute.FileTime.from(java.time.Instant.now().minusSeconds(3600)));

        ServiceManager manager = bench.open();
        assertThat(manager.state().activity()).isEqualTo(Activity.INACTIVE);
        manager.stop(BOUND);

        assertThat(ProcessHandle.of(stranger).filter(ProcessHandle::isAlive)).isPresent();
    }

    @Test
    void state_pidFileThatTheScriptNames_isTheMainProcess() throws Exception {
        program("while :; do read -r x <&3; done 3<>log/pipe2\n");
        Path pidFile = bench.home.resolve("log/own.pid");
        script("""
                BASE='%1$s/log'
                NAME=own
                PIDFILE="${BASE}/$NAME.pid"
                case $1 in
                start) mkfifo '%1$s/log/pipe2'; '%1$s/agent' </dev/null >/dev/null 2>&1 & echo $! >"$PIDFILE" ;;
                stop) kill $(cat "$PIDFILE") ;;
                esac
                """.formatted(bench.home));

        ServiceManager manager = running();

        assertThat(manager.state().mainPid())
                .isEqualTo(Long.parseLong(Files.readString(pidFile).strip()));
        manager.stop(BOUND);
        assertThat(bench.processes()).isZero();
    }

    @Test
    void start_daemonThatKeepsTheScriptsOutput_livesOnAndFillsNoDisk() throws Exception {
        program("""
                echo started
                while [ ! -e log/talk ]; do sleep 0.02; done
                dd if=/dev/zero bs=1024 count=300 2>/dev/null || echo lost >log/lost
                echo more || echo lost >log/lost
                : >log/talked
                exec sleep 300
                """);
        script("[ $1 = start ] && '" + bench.home + "/agent' &\n");

        ServiceManager manager = running();
        // Whoever had started it is gone, as an updater is once it has ended.
        Files.writeString(bench.home.resolve("log/talk"), "");
        InitBench.await(() -> Files.exists(bench.home.resolve("log/talked")));

        assertThat(read("log/lost")).isEmpty();
        assertThat(Files.size(bench.state().resolve("start.out"))).isLessThanOrEqualTo(65536);
        assertThat(manager.state().running()).isTrue();
    }

    @Test
    void start_scriptFails_failedWithItsWords() throws Exception {
        script("echo 'no licence file' >&2; exit 6\n");
        ServiceManager manager = bench.open();

        manager.start();

        assertThat(await(manager, Activity.FAILED).detail()).contains("start ended with 6", "no licence file");
    }

    @Test
    void start_scriptSucceedsAndDoesNothing_failed() throws Exception {
        script("[ \"$1\" != status ] || exit 3\n");
        ServiceManager manager = bench.open();

        manager.start();

        assertThat(await(manager, Activity.FAILED).detail())
                .contains("start ended with 0", "no process of the agent runs");
    }

    @Test
    void start_scriptHangs_isStartingAndIsEndedByAStop() throws Exception {
        script("[ $1 != start ] || exec sleep 300\nexit 3\n");
        ServiceManager manager = bench.open();

        manager.start();
        ServiceState state = manager.state();
        manager.stop(Duration.ofSeconds(1));

        assertThat(state.activity()).isEqualTo(Activity.STARTING);
        assertThat(state.detail()).contains("start runs, for");
        assertThat(manager.state().stopped()).isTrue();
    }

    @Test
    void stop_scriptSucceedsAndDoesNothing_endsTheAgentAllTheSame() throws Exception {
        ServiceManager manager = running();
        script("exit 0\n");

        manager.stop(Duration.ofSeconds(2));

        assertThat(bench.processes()).isZero();
    }

    /** Reading it, to find out whether it is a script, would wait until somebody writes into it. */
    @Test
    void state_programWithAPipeOfHomeAsItsArgument_isAnsweredAtOnce() throws Exception {
        ServiceManager manager = running();
        Path pipe = bench.home.resolve("log/unread");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        Process reader = new ProcessBuilder("tail", pipe.toString()).start();
        try {
            ServiceState state = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> manager.state());
            assertThat(state.activity()).isEqualTo(Activity.RUNNING);
        } finally {
            reader.destroyForcibly().waitFor();
        }
    }

    @Test
    void inspect_scriptClaimsThatItRunsAndNothingDoes_isRefused() throws Exception {
        script("exit 0\n");

        assertThatThrownBy(() -> bench.open().inspect())
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.fullMessage())
                                .contains("says that agent runs, but no process of it can be found", "# pidfile:"));
    }

    @Test
    void inspect_scriptNotExecutable_isRefused() throws Exception {
        Files.setAttribute(bench.script(), "unix:mode", 0644);

        assertThatThrownBy(() -> bench.open().inspect())
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("cannot be run");
    }

    @Test
    void updater_startedByTheAgent_outlivesTheStop() throws Exception {
        program("""
                sh -c 'echo $$ >log/updater; sleep 300; :' &
                while :; do sleep 0.05; done
                """);
        running();
        InitBench.await(() -> !read("log/updater").isEmpty());
        long updater = Long.parseLong(read("log/updater").strip());
        ServiceManager ofUpdater = bench.provider()
                .open(new updater.api.service.ServiceContext(
                        bench.context().product(),
                        bench.context().spec(),
                        bench.context().layout(),
                        bench.commands,
                        bench.files,
                        bench.clock(),
                        updater));

        assertThat(ofUpdater.stopKillsUpdater()).isEmpty();
        ofUpdater.stop(BOUND);

        assertThat(ofUpdater.state().stopped()).isTrue();
        assertThat(ProcessHandle.of(updater).filter(ProcessHandle::isAlive)).isPresent();
    }
}
