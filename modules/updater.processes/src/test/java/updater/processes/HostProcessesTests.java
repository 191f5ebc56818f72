package updater.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.UpdateFailure;
import updater.processes.fixture.RealHost;

@EnabledOnOs(OS.LINUX)
class HostProcessesTests {
    /** Not to be given to a process: more than the kernel's PID_MAX_LIMIT. */
    private static final long NOBODY = 4_194_305;

    private RealHost host;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        host = new RealHost(directory);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private long start(String script) throws UpdateFailure.Service {
        return host.commands.startDetached(
                List.of("/bin/sh", "-c", script), host.home, Map.of("PATH", "/usr/bin:/bin"), Optional.empty());
    }

    private long numberIn(String file) throws Exception {
        Path path = host.home.resolve(file);
        host.await(() -> path.toFile().length() > 0);
        return Long.parseLong(Files.readString(path).strip());
    }

    @Test
    void find_thisProcess_isTheSameEveryTime() {
        long pid = ProcessHandle.current().pid();

        assertThat(host.processes.find(pid)).isPresent().isEqualTo(host.processes.find(pid));
    }

    @Test
    void find_noSuchProcess_isEmpty() {
        assertThat(host.processes.find(NOBODY)).isEmpty();
    }

    @Test
    void find_zombie_isEmpty() throws Exception {
        long parent = start("sh -c 'echo $$ >zombie' & exec sleep 300");
        long zombie = numberIn("zombie");

        host.await(() -> host.processes.find(zombie).isEmpty());

        assertThat(host.lives(parent)).isTrue();
        assertThat(ProcessHandle.of(zombie)).isPresent();
    }

    @Test
    void suspended_stoppedBySignal_untilItIsToldToGoOn() throws Exception {
        long pid = start("exec sleep 300");
        assertThat(host.processes.suspended(pid)).isFalse();

        signal("STOP", pid);
        host.await(() -> host.processes.suspended(pid));
        assertThat(host.lives(pid)).isTrue();

        signal("CONT", pid);
        host.await(() -> !host.processes.suspended(pid));
    }

    private static void signal(String name, long pid) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        assertThat(kill.waitFor()).isZero();
    }

    @Test
    void find_nameWithParenthesesAndSpaces_isFound() throws Exception {
        Path named = Files.copy(Path.of("/bin/sleep"), host.home.resolve("a) Z 1 (b"));
        long pid = host.commands.startDetached(List.of(named.toString(), "300"), host.home, Map.of(), Optional.empty());

        host.await(() -> name(pid).equals("a) Z 1 (b"));

        assertThat(host.processes.find(pid)).isPresent();
    }

    private static String name(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "comm"))
                    .strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Each is started within a hundredth of a second or two of the one before, which is all that its birth tells. */
    @Test
    void isOlder_startedRightBehindEachOther_isToldForEach() throws Exception {
        List<ProcessId> children = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            children.add(host.processes.find(start("exec sleep 300")).orElseThrow());
        }

        for (int i = 1; i < children.size(); i++) {
            assertThat(host.processes.isOlder(children.get(i - 1), children.get(i)))
                    .isTrue();
            assertThat(host.processes.isOlder(children.get(i), children.get(i - 1)))
                    .isFalse();
        }
        assertThat(children)
                .anySatisfy(child -> assertThat(children)
                        .filteredOn(other -> other.birth().equals(child.birth()))
                        .as("births that are the same")
                        .hasSizeGreaterThan(1));
    }

    @Test
    void isOlder_numbersBeganAnew_aLowOneIsYounger() {
        ProcessId self = host.processes.find(ProcessHandle.current().pid()).orElseThrow();
        ProcessId last = new ProcessId(32_767, self.birth());
        ProcessId first = new ProcessId(301, self.birth());

        assertThat(host.processes.isOlder(last, first)).isTrue();
        assertThat(host.processes.isOlder(first, last)).isFalse();
        assertThat(host.processes.isOlder(first, first)).isFalse();
    }

    @Test
    void isOlder_birthsThatCannotBeCompared_isNeitherOne() {
        ProcessId self = host.processes.find(ProcessHandle.current().pid()).orElseThrow();
        for (String birth : List.of("", "ended at once", "another boot/12", self.birth() + "x")) {
            ProcessId other = new ProcessId(1, birth);
            assertThat(host.processes.isOlder(other, self)).as(birth).isFalse();
            assertThat(host.processes.isOlder(self, other)).as(birth).isFalse();
        }
    }

    @Test
    void replacedProgram_anotherFileHasItsName_isNamed() throws Exception {
        Path program = Files.copy(Path.of("/bin/sleep"), host.home.resolve("agent"));
        long pid =
                host.commands.startDetached(List.of(program.toString(), "300"), host.home, Map.of(), Optional.empty());
        host.await(() -> name(pid).equals("agent"));
        ProcessId process = host.processes.find(pid).orElseThrow();
        assertThat(host.processes.replacedProgram(process)).isEmpty();

        Files.createLink(host.home.resolve("backup"), program);
        Path fresh = Files.copy(Path.of("/bin/sleep"), host.home.resolve("fresh"));
        Files.move(fresh, program, StandardCopyOption.ATOMIC_MOVE);

        assertThat(host.processes.replacedProgram(process)).contains(program.toRealPath());
        assertThat(host.processes.run(process, host.home, false).outdated()).isPresent();
        assertThat(host.processes.run(process, Path.of("/elsewhere"), false).outdated())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"4711 (java) S, true", "4711 (a) Z b) S, true", "4711 (java) Z, false", "4711 (a) S b) Z, false"})
    void find_anyName_isWhatTheStateSays(String stat, boolean alive) throws Exception {
        Path proc = host.home.resolve("proc");
        Files.createDirectories(proc.resolve("sys/kernel/random"));
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "boot");
        for (String process : List.of("self", "4711")) {
            Files.createDirectories(proc.resolve(process));
            Files.writeString(proc.resolve(process).resolve("stat"), stat + " 1".repeat(30));
        }

        assertThat(new HostProcesses(proc).find(4711).isPresent()).isEqualTo(alive);
    }

    @Test
    void find_withoutProc_isFoundAllTheSame() {
        Processes processes = new HostProcesses(host.home.resolve("no/proc"));
        long pid = ProcessHandle.current().pid();

        assertThat(processes.find(pid)).isPresent().isEqualTo(processes.find(pid));
        assertThat(processes.find(NOBODY)).isEmpty();
    }

    @Test
    void relatives_grandchild_areBothWays() throws Exception {
        long first = start("sh -c 'sh -c \"echo \\$\\$ >grandchild; exec sleep 300\"; :'; :");
        long grandchild = numberIn("grandchild");

        assertThat(host.processes.ancestors(grandchild))
                .contains(first, ProcessHandle.current().pid());
        assertThat(host.processes.descendants(first)).extracting(ProcessId::pid).contains(grandchild);
    }

    @Test
    void kill_anotherBirth_leavesItAlone() throws Exception {
        ProcessId process = host.processes.find(start("exec sleep 300")).orElseThrow();

        host.processes.kill(new ProcessId(process.pid(), process.birth() + "0"));
        assertThat(host.processes.lives(process)).isTrue();

        host.processes.kill(process);
        host.await(() -> !host.processes.lives(process));
    }

    @Test
    void terminate_running_ends() throws Exception {
        ProcessId process = host.processes.find(start("exec sleep 300")).orElseThrow();

        host.processes.terminate(process);

        host.await(() -> !host.processes.lives(process));
    }
}
