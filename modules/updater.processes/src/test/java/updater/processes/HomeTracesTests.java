package updater.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One sign of home is enough, and what cannot be read is none of another. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class HomeTracesTests {
    private static final Optional<String> FOREIGN = Optional.of("[Service]\nExecStart=/opt/first/agent\n");

    private Path root;
    private Path home;
    private HomeTraces traces;

    @BeforeEach
    void makeHost(@TempDir Path directory) throws IOException {
        root = directory.toRealPath();
        home = Files.createDirectories(root.resolve("opt/second"));
        Files.createDirectories(root.resolve("opt/first"));
        Files.createSymbolicLink(root.resolve("opt/current"), home);
        Files.writeString(home.resolve("agent"), "");
        traces = new HomeTraces(home, root.resolve("proc"));
        process(7, root.resolve("opt/first/agent"), root.resolve("opt/first"), "/opt/first/agent\0--x");
    }

    private Path process(long pid, Path program, Path directory, String arguments) throws IOException {
        Path entry = Files.createDirectories(root.resolve("proc/" + pid));
        Files.createDirectories(entry.resolve("fd"));
        Files.createSymbolicLink(entry.resolve("exe"), program);
        Files.createSymbolicLink(entry.resolve("cwd"), directory);
        Files.writeString(entry.resolve("cmdline"), arguments);
        Files.writeString(entry.resolve("environ"), "PATH=/bin\0");
        Files.writeString(entry.resolve("maps"), "00400000-00401000 r-xp 00000000 08:01 1 /bin/true\n");
        return entry;
    }

    @Test
    void service_thatRunsAnotherHome_isElsewhere() {
        assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of(7L)))
                .hasValueSatisfying(
                        why -> assertThat(why).contains(root + "/opt/first/agent", "process 7", home.toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ExecStart=HOME/agent",
                "ExecStart=-HOME/agent",
                "WorkingDirectory=HOME",
                "ExecStart=/usr/bin/java -jar LINK/a.jar",
                "Environment=\"A=b\" \"HOME_DIR=LINK\"",
                "ExecStart=/bin/sh -c 'cd LINK; exec ./agent'",
                "ExecStart=/bin/run --dir=LINK:rw"
            })
    void definition_thatNamesHome_isEnough(String line) {
        String definition = line.replace("HOME/", home + "/")
                .replaceFirst("=HOME$", "=" + home)
                .replace("LINK", root + "/opt/current");

        assertThat(traces.elsewhere(Optional.of(definition), Optional.empty(), List.of(7L)))
                .isEmpty();
    }

    @Test
    void definition_thatNamesAHomeOfASimilarName_isNot() {
        assertThat(traces.isNamedIn("ExecStart=" + home + "-2/agent")).isFalse();
        assertThat(traces.isNamedIn("ExecStart=" + home + "2/agent")).isFalse();
        assertThat(traces.isNamedIn("ExecStart=" + home + "/../first/agent")).isTrue();
    }

    @Test
    void process_withASignOfHome_isEnough() throws IOException {
        Path none = root.resolve("usr/bin/x");
        process(8, home.resolve("agent (deleted)"), root, "");
        process(9, none, home.resolve("work"), "");
        process(10, none, root, "x\0--config=" + root + "/opt/current/c.yaml");
        Files.writeString(process(11, none, root, "x").resolve("environ"), "A=b\0DIR=" + home + "\0");
        Files.createSymbolicLink(process(12, none, root, "x").resolve("fd/3"), home.resolve("log/agent.log"));
        Files.writeString(process(13, none, root, "x").resolve("maps"), "7f r-xp 00 08:01 2 " + home + "/lib/a.so\n");

        process(14, none, root.resolve("opt/first"), "python3\0../current/agent\0--x");

        for (long pid = 8; pid <= 14; pid++) {
            assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of(pid)))
                    .as("process " + pid)
                    .isEmpty();
            assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of(7L, pid)))
                    .as("a child of the main process")
                    .isEmpty();
        }
    }

    @Test
    void nothingToTell_isNotElsewhere() throws IOException {
        assertThat(traces.elsewhere(Optional.empty(), Optional.empty(), List.of(7L)))
                .as("no definition")
                .isEmpty();
        assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of()))
                .as("no process")
                .isEmpty();
        Files.writeString(Files.createDirectories(root.resolve("proc/99")).resolve("exe"), "no link");
        assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of(7L, 99L)))
                .as("a process that cannot be read")
                .isEmpty();
        Files.delete(root.resolve("proc/7/environ"));
        assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of(7L)))
                .as("one that ends while it is read")
                .isEmpty();
    }

    /** A shell's children come and go. */
    @Test
    void childThatIsGone_doesNotCount() {
        assertThat(traces.elsewhere(FOREIGN, Optional.empty(), List.of(7L, 98L)))
                .isPresent();
    }

    @Test
    void program_thatHomeHasOfItsOwn_isAnothersWhileNothingRuns() throws IOException {
        Path program = root.resolve("opt/first/agent");
        Files.writeString(program, "\177ELF");
        assertThat(traces.elsewhere(FOREIGN, Optional.of(program.toString()), List.of()))
                .hasValueSatisfying(why -> assertThat(why).contains(program.toString()));

        Files.writeString(program, "#!/bin/sh\n");
        assertThat(traces.elsewhere(FOREIGN, Optional.of(program.toString()), List.of()))
                .as("a script")
                .isEmpty();
        Path other = Files.writeString(root.resolve("opt/first/wrapper"), "\177ELF");
        assertThat(traces.elsewhere(FOREIGN, Optional.of(other.toString()), List.of()))
                .as("a program that home has none of")
                .isEmpty();
        assertThat(traces.elsewhere(FOREIGN, Optional.of(root + "/none"), List.of()))
                .isEmpty();
    }
}
