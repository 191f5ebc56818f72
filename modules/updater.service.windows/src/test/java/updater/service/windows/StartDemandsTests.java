package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.service.windows.ServiceControl.Config;

/** A service that could be stopped, and not started again. */
final class StartDemandsTests {
    private WindowsBench bench;

    @BeforeEach
    void installed() throws Exception {
        bench = new WindowsBench();
        Files.createDirectories(bench.layout.home());
        Files.createFile(bench.layout.home().resolve("agent.exe"));
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private void configured(String line, String... dependencies) {
        bench.agent.config = new Config(0x10, 2, 1, line, "", 0, List.of(dependencies), "LocalSystem", "Agent");
    }

    private void require() throws Exception {
        bench.open().requireStartable(Optional.empty(), Optional.empty());
    }

    private void assertBroken(String because) {
        assertThatThrownBy(this::require)
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.code()).contains(RefusalCode.SERVICE_BROKEN))
                .hasMessageContaining("could be stopped, but not started again")
                .hasMessageContaining(because);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                WindowsBench.INSTALLED,
                "C:\\Program Files\\Agent\\agent.exe --config c.yaml",
                "C:\\Program Files\\Agent\\agent --config c.yaml",
                "%ProgramFiles%\\Agent\\none.exe",
                "none.exe -x"
            })
    void requireStartable_programThatIsThereOrIsLookedFor_isMet(String line) throws Exception {
        configured(line);

        require();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"C:\\Program Files\\Agent\\none.exe\" -x",
                "C:\\Program Files\\Agent\\none.exe -x",
                "\"C:\\Program Files\\Agent\""
            })
    void requireStartable_programThatIsGone_isBroken(String line) {
        configured(line);

        assertBroken("its program C:\\Program Files\\Agent");
    }

    @Test
    void requireStartable_serviceItDependsOn_isThereAndNotDisabled() throws Exception {
        configured(WindowsBench.INSTALLED, "+NetworkProvider", "tcpip");
        assertBroken("it depends on the service tcpip, which is not installed");

        FakeService tcpip = bench.control.install("tcpip", "\"C:\\tcpip.exe\"");
        require();

        tcpip.config = new Config(0x10, 4, 1, "\"C:\\tcpip.exe\"", "", 0, List.of(), "LocalSystem", "TCP");
        assertBroken("it depends on the service tcpip, which is disabled and does not run");
    }

    @Test
    void requireStartable_bundleThatBringsOrNamesTheProgram_isMet() throws Exception {
        Path staged = bench.staged();
        configured("\"C:\\Program Files\\Agent\\none.exe\"");
        assertBroken("none.exe is not there");

        bench.files.files.put(
                staged.resolve("install/windows_service.json"),
                WindowsBench.definition("agent.exe", "").getBytes(StandardCharsets.UTF_8));
        bench.open().requireStartable(Optional.of(staged), Optional.of(staged));

        bench.files.files.clear();
        assertThatThrownBy(() -> bench.open().requireStartable(Optional.of(staged), Optional.of(staged)))
                .hasMessageContaining("none.exe is not there, nor does the update bring it");
        Files.createDirectories(staged);
        Files.createFile(staged.resolve("none.exe"));
        bench.open().requireStartable(Optional.of(staged), Optional.of(staged));
    }
}
