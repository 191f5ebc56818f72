package updater.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Os;
import updater.app.host.Host;

/** What lies in the state directory is damaged, or is not what belongs there: whoever asks is told before an update is. */
final class OddStateDirectoryTests extends OperatorsHost {
    private void makeState() throws IOException {
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private int doctor() {
        return run("doctor", "--service-manager", "process");
    }

    @ParameterizedTest
    @CsvSource({
        "hold, every update is refused until 'updater unhold' removes it",
        "history, what failed or was taken back here may be installed again",
        "previous-version, cannot be taken back",
        "probation, nobody looks"
    })
    void damagedRecord_isShownByStatusAndDoctor(String name, String consequence) throws Exception {
        makeState();
        Files.writeString(state.resolve(name), "{\"since\": ");

        run("status");
        assertThat(printed()).contains(state.resolve(name) + " is damaged: ", consequence);
        doctor();
        assertThat(printed()).contains("\nrecords\n  " + state.resolve(name) + " is damaged: ", consequence);
        run("doctor", "--service-manager", "process", "--json");
        assertThat(printed()).contains("\"damaged\": [", consequence);

        Files.delete(state.resolve(name));
        run("status");
        assertThat(printed()).doesNotContain(consequence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "directory", "link"})
    void damagedHold_isAHoldUntilUnhold(String what) throws Exception {
        makeState();
        make(what, state.resolve("hold"));

        doctor();
        assertThat(printed())
                .contains("whether an operator holds updates back cannot be told", "unhold'", "[held]")
                .contains("\nrecords\n  " + state.resolve("hold"));
        run("metrics", "--service-manager", "process");
        assertThat(printed())
                .doesNotContain("host_updater_held")
                .containsPattern("host_updater_damaged_records\\{[^}]*} 1\n")
                .containsPattern("host_updater_refusals\\{[^}]*} [1-9]");

        assertThat(run("unhold")).as(this::printed).isZero();
        assertThat(printed()).isEqualTo("updates are allowed again\n");
        doctor();
        assertThat(printed()).doesNotContain("[held]", "records\n");
    }

    @ParameterizedTest
    @CsvSource({"lock, directory", "lock, link", "lock, fifo", "holder, directory", "holder, fifo"})
    void lockThatIsNone_isShownByTheDoctor_andRefusedByThatName(String name, String what) throws Exception {
        makeState();
        make(what, state.resolve(name));

        assertThat(doctor()).as(this::printed).isEqualTo(5);
        assertThat(printed())
                .contains(state.resolve(name) + " is no regular file", "'ls -ld " + state.resolve(name) + "'")
                .contains("[state-directory-unusable]");
        assertThat(run("hold")).isEqualTo(5);
        assertThat(printed()).contains(state.resolve(name) + " is no regular file");
    }

    private static void make(String what, Path path) throws Exception {
        switch (what) {
            case "file" -> Files.writeString(path, "until further notice");
            case "directory" -> Files.createDirectory(path);
            case "link" -> Files.createSymbolicLink(path, Path.of("elsewhere"));
            default -> {
                assumeTrue(Host.real().system().os() == Os.LINUX, "FIFOs are made by a program");
                assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                        .isZero();
            }
        }
    }

    @Test
    void enroll_refused_leavesNothingBehind() {
        assertThat(run("enroll", "--service-manager", "process")).isEqualTo(5);

        assertThat(printed()).contains("this updater runs from");
        assertThat(state).doesNotExist();
    }

    @Test
    void recover_nothingToRecover_saysSo() {
        assertThat(run("recover", "--service-manager", "process")).isZero();

        assertThat(printed()).isEqualTo("no update is unfinished\n");
    }
}
