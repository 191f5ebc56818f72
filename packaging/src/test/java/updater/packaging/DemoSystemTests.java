package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command of the README, but for the building. It needs no privilege and no box. */
final class DemoSystemTests {

    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    @Test
    void demo_run_updatesRollsBackProvesItAndLeavesNoProcess() throws Exception {
        Command.Result demo = Command.run(
                Duration.ofMinutes(4),
                List.of(MODULE.resolve("../demo").normalize().toString(), "--no-build"));

        assertShown(demo);
        String home = MODULE.resolve("target/demo/home").toString();
        assertThat(Files.readString(Path.of(home, "VERSION"))).isEqualTo("v2\n");
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains(home)))
                .isEmpty();
    }

    @Test
    void opampDemo_run_updatesTwoAgentsTakesTheThirdBackAndLeavesNoProcess() {
        Command.Result demo = Command.run(
                Duration.ofMinutes(4),
                List.of(MODULE.resolve("../demo").normalize().toString(), "--opamp", "--no-build"));

        assertFleetShown(demo);
        String directory = MODULE.resolve("target/demo-opamp").toString();
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains(directory)))
                .isEmpty();
    }

    /** Fails unless the demo has shown an update, and a failed one that was rolled back exactly. */
    static void assertShown(Command.Result demo) {
        assertThat(demo.exit()).as(demo.toString()).isZero();
        assertThat(demo.out())
                .containsSubsequence(
                        "outcome      updated",
                        "from v1 to v2",
                        "outcome      failed, rolled back",
                        "from v2 to v3",
                        "reason       the new agent reported that its installation failed",
                        ": all as before",
                        "v2 runs as process ",
                        " paths are what they were")
                .doesNotContain("before  ", "after   ");
    }

    /** Fails unless the demo has shown a server, two agents that were updated, and one that was rolled back. */
    static void assertFleetShown(Command.Result demo) {
        assertThat(demo.exit()).as(demo.toString()).isZero();
        assertThat(demo.out())
                .containsSubsequence(
                        "agent-1   runs v1", "agent-3   [", "=== What the server knows", "agent-1   runs v2")
                .containsSubsequence("=== What", "agent-3   runs v1, was offered v2", "because ")
                .contains("Home of agent-3 is what it was");
    }
}
