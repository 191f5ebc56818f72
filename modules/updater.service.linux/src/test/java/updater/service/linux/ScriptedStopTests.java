package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.conformance.LeapingTicker;
import updater.api.service.ServiceContext;
import updater.processes.HostProcesses;
import updater.processes.Patience;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.testkit.PlainHostFiles;

/** A stop while something is about to run the init script's {@code start}. */
final class ScriptedStopTests {
    private static final String SHELL = "100";
    private static final String CHILD = "101";

    @TempDir
    Path root;

    private FakeProc proc;
    private ServiceContext context;

    @BeforeEach
    void open() throws IOException {
        proc = FakeProc.in(root);
        Files.createSymbolicLink(root.resolve("proc/self/root"), root);
        context = Contexts.context(
                "agent",
                root.resolve("opt/agent"),
                new RootCommands(root),
                new PlainHostFiles(),
                new LeapingTicker(),
                Contexts.PID);
    }

    private void begin(String pid, List<String> arguments) {
        try {
            proc.add(pid);
            Path process = root.resolve("proc").resolve(pid);
            Files.writeString(process.resolve("cmdline"), String.join("\0", arguments) + "\0");
            Files.createSymbolicLink(process.resolve("root"), root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> shell() {
        return List.of(
                "/bin/sh", "-c", "text", "sh", ScriptedStart.output(context).toString(), "code", "script", "start");
    }

    /** Processes of which one has forked just before it is killed, and no look has seen the child yet. */
    private final class Forking implements Processes {
        private final Processes seen = new HostProcesses(root.resolve("proc"));
        private final List<String> child;

        Forking(List<String> child) {
            this.child = child;
        }

        @Override
        public Optional<ProcessId> find(long pid) {
            return seen.find(pid);
        }

        @Override
        public boolean startedBy(long pid, Instant moment) {
            return true;
        }

        @Override
        public Set<ProcessId> descendants(long pid) {
            return Set.of();
        }

        @Override
        public Set<Long> ancestors(long pid) {
            return Set.of();
        }

        @Override
        public void terminate(ProcessId process) {
            kill(process);
        }

        @Override
        public void kill(ProcessId process) {
            try {
                proc.remove(Long.toString(process.pid()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (process.pid() == Long.parseLong(SHELL)) {
                begin(CHILD, child);
            }
        }
    }

    private void stop(Processes processes) throws Exception {
        AgentProcesses agent =
                new AgentProcesses(context.layout(), context.files(), context.pid(), processes, root.resolve("proc"));
        InitScript script = new InitScript(context, root);
        new ScriptedStop(
                        context,
                        script,
                        new SysVInit(context, script, root),
                        agent,
                        processes,
                        new Patience(context.clock()))
                .stop(Duration.ofSeconds(4));
    }

    /** The child is still the shell's copy, or runs the script already. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stop_shellHasJustForked_noStartIsLeft(boolean copy) throws Exception {
        begin(SHELL, shell());

        stop(new Forking(copy ? shell() : List.of("/bin/sh", "/usr/sbin/service", "agent", "start")));

        assertThat(proc.count()).isZero();
    }

    @Test
    void stop_processOfAnotherScript_isLeftAlone() throws Exception {
        begin(SHELL, List.of("/bin/sh", "/etc/init.d/another", "start"));

        stop(new Forking(List.of()));

        assertThat(proc.count()).isOne();
    }
}
