package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LivenessTests {
    @TempDir
    private Path proc;

    @ParameterizedTest
    @CsvSource({"4711 (java) S 1, true", "4711 (a) Z b) S 1, true", "4711 (java) Z 1, false", "4711 (a) S b) Z 1, false"
    })
    void test_ofProcessThatTheJdkKnows_isWhatTheKernelSays(String stat, boolean alive) throws IOException {
        long self = ProcessHandle.current().pid();
        Files.createDirectory(proc.resolve(Long.toString(self)));
        Files.writeString(proc.resolve(Long.toString(self)).resolve("stat"), stat);

        assertThat(new Liveness(proc).test(self)).isEqualTo(alive);
    }

    @Test
    void test_withoutProc_isWhatTheJdkSays() {
        assertThat(new Liveness(proc.resolve("none"))
                        .test(ProcessHandle.current().pid()))
                .isTrue();
    }

    @Test
    void test_ofNoProcess_isFalse() {
        assertThat(new Liveness(proc).test(Long.MAX_VALUE)).isFalse();
    }
}
