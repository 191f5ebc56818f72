package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Os;
import updater.processes.HostProcesses;
import updater.processes.ProcessId;
import updater.processes.Processes;

final class CallerTests {
    private static final Processes HOST = HostProcesses.of(Os.LINUX);

    @Test
    void parse_nothingNamed_isNone() {
        assertThat(Caller.parse(null, HOST)).isEmpty();
    }

    @Test
    void waits_thisVeryProcess_isThere() {
        long pid = ProcessHandle.current().pid();
        String birth = HOST.find(pid).map(ProcessId::birth).orElseThrow();
        String counted = birth.substring(birth.lastIndexOf('/') + 1);

        Caller caller = Caller.parse(pid + ":" + counted, HOST).orElseThrow();

        assertThat(caller.waits()).isTrue();
        assertThat(caller.start()).isEqualTo(ProcessHandle.current().info().startInstant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "x", ""})
    void waits_sameNumberButBornAtAnotherTime_isGone(String birth) {
        Caller caller =
                Caller.parse(ProcessHandle.current().pid() + ":" + birth, HOST).orElseThrow();

        assertThat(caller.waits()).isFalse();
        assertThat(caller.start()).isEqualTo(Optional.empty());
    }

    @Test
    void waits_noSuchProcess_isGone() {
        assertThat(Caller.parse("99999999:1", HOST).orElseThrow().waits()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x:1", ":1", "1"})
    void parse_anythingElse_isABug(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Caller.parse(text, HOST));
    }
}
