package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the guards of inits without timers run at boot, while the agent's start waits for it. */
final class BootHalfTests {
    @TempDir
    private Path directory;

    private InitBench bench(String init) throws Exception {
        return init.equals("sysv")
                ? new SysVBench(directory.toRealPath(), SysVBench.Script.CAREFUL)
                : new OpenRcBench(directory.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sysv", "openrc"})
    void script_recoveryThatTheBootWaitsFor_isToldSoAndTheLoopIsNot(String init) throws Exception {
        try (InitBench bench = bench(init)) {
            bench.open().guard().arm(List.of("/bin/true", "recover"));

            List<String> lines = Files.readAllLines(bench.root.resolve("etc/init.d/agent-updater-recover"));
            assertThat(lines.stream().filter(line -> line.contains("'recover'")))
                    .as("the loop, in a session of its own or not, and what is waited for")
                    .hasSize(3)
                    .filteredOn(line -> line.contains("--at-boot"))
                    .singleElement()
                    .asString()
                    .contains("'/bin/true' 'recover' '--at-boot' <");
        }
    }
}
