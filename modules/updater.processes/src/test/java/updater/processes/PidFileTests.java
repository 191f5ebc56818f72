package updater.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.SystemTicker;
import updater.api.UpdateFailure;
import updater.processes.fixture.RealHost;

@EnabledOnOs(OS.LINUX)
class PidFileTests {
    private static final Duration BOUND = Duration.ofSeconds(20);

    private RealHost host;
    private Path path;
    private PidFile file;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        host = new RealHost(directory);
        path = Files.createDirectories(host.home.resolve("log")).resolve("agent.pid");
        file = new PidFile(path, host.files, host.processes);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private ProcessId sleeper() throws UpdateFailure.Service {
        return host.processes.find(start(List.of("/bin/sleep", "300"))).orElseThrow();
    }

    private long start(List<String> command) throws UpdateFailure.Service {
        return host.commands.startDetached(command, host.home, Map.of("PATH", "/usr/bin:/bin"), Optional.empty());
    }

    private Patience patience() {
        return new Patience(new SystemTicker());
    }

    @Test
    void read_noFile_isNothing() throws Exception {
        assertThat(file.read()).isEqualTo(new PidFile.Nothing());
    }

    @Test
    void read_recorded_isStarted() throws Exception {
        ProcessId process = sleeper();

        file.record(process);

        assertThat(file.read()).isEqualTo(new PidFile.Started(process));
    }

    @Test
    void read_announced_isStarting() throws Exception {
        ProcessId starter = sleeper();

        file.announce(starter);

        assertThat(file.read()).isEqualTo(new PidFile.Starting(starter));
    }

    @Test
    void read_numberOnlyOfAnOlderProcess_isBelieved() throws Exception {
        ProcessId process = sleeper();
        Files.writeString(path, process.pid() + "\n");

        assertThat(file.read()).isEqualTo(new PidFile.Started(process));
    }

    @Test
    void read_numberOnlyOfAYoungerProcess_isGone() throws Exception {
        Files.writeString(path, sleeper().pid() + "\n");
        Files.setLastModifiedTime(path, FileTime.from(Instant.now().minusSeconds(3600)));

        assertThat(file.read()).isInstanceOf(PidFile.Gone.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "-1\n", "0\n", "1x\n", "starting\n", "starting x\n", "1234567890123456789\n"})
    void read_torn_isGone(String content) throws Exception {
        Files.writeString(path, content);

        assertThat(file.read()).isInstanceOf(PidFile.Gone.class);
    }

    @Test
    void delete_twice_isNothing() throws Exception {
        file.record(sleeper());

        file.delete();
        file.delete();

        assertThat(file.read()).isEqualTo(new PidFile.Nothing());
    }

    @Test
    void awaitRecord_shellWritesItselfDown_isWhatWeWouldWrite() throws Exception {
        long pid = start(List.of(
                "/bin/sh",
                "-c",
                Shell.WRITE_PID_FILE + "write_pid_file \"$1\"; exec sleep 300",
                "sh",
                path.toString()));

        assertThat(file.awaitRecord(pid, patience(), BOUND)).isTrue();

        List<String> written = Files.readAllLines(path);
        file.record(host.processes.find(pid).orElseThrow());
        assertThat(written).isEqualTo(Files.readAllLines(path));
    }

    @Test
    void awaitRecord_processEnds_isNotAwaitedAnyLonger() throws Exception {
        assertThat(file.awaitRecord(start(List.of("/bin/true")), patience(), BOUND))
                .isFalse();
    }

    @Test
    void awaitRecord_bound_isKept() throws Exception {
        assertThat(file.awaitRecord(sleeper().pid(), patience(), Duration.ZERO)).isFalse();
    }

    /** Home's owner may have put a link in the place of the directory since it was looked at. */
    @Test
    void shell_directoryIsAnotherOne_writesNothing() throws Exception {
        Path elsewhere = Files.createDirectory(host.home.resolveSibling("elsewhere"));
        Path link = Files.createSymbolicLink(host.home.resolve("link"), elsewhere);

        int exit = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        Shell.WRITE_PID_FILE + "write_pid_file \"$1\" \"$2\"",
                        "sh",
                        link.resolve("agent.pid").toString(),
                        link.toString())
                .start()
                .waitFor();

        assertThat(exit).isNotZero();
        assertThat(elsewhere).isEmptyDirectory();
    }
}
