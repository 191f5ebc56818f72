package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A recovery found the journal damaged, and put it aside: whoever asks later is told. */
final class RecoverDamagedTests extends OperatorsHost {
    @BeforeEach
    void damage() throws IOException {
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(state.resolve("journal.damaged-1700000000"), "what is left of it");
    }

    private int recover(String... options) {
        return run(java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("recover", "--service-manager", "process"),
                        java.util.stream.Stream.of(options))
                .toArray(String[]::new));
    }

    @Test
    void recover_again_saysSoAgain() {
        assertThat(recover()).as(this::printed).isEqualTo(4);
        assertThat(printed()).contains("journal.damaged-1700000000", "apply BUNDLE'", "recover --give-up'");

        assertThat(recover("--json")).isEqualTo(4);
        assertThat(printed()).contains("\"exit\": 4");
        assertThat(state.resolve("journal.damaged-1700000000")).exists();
    }

    @Test
    void recover_givenUp_endsIt() {
        assertThat(recover("--give-up")).as(this::printed).isZero();

        assertThat(state.resolve("journal.damaged-1700000000")).doesNotExist();
        assertThat(recover()).as(this::printed).isZero();
    }

    @Test
    void doctor_says() {
        run("doctor", "--service-manager", "process");

        assertThat(printed()).contains("TWO VERSIONS", "apply BUNDLE'");
    }
}
