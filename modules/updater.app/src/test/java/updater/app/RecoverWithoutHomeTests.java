package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.state.document.Probation;
import updater.state.journal.Phase;

/** The agent was removed while an update was unfinished: the guard's recovery comes to an end. */
final class RecoverWithoutHomeTests extends OperatorsHost {
    @BeforeEach
    void removeHome() throws IOException {
        Files.delete(home);
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private int recover() {
        return run("recover", "--service-manager", "process");
    }

    private void unfinished(Phase last) throws Exception {
        leaveUnfinished(Stream.of(Phase.values())
                .filter(phase -> phase.compareTo(last) <= 0)
                .toArray(Phase[]::new));
    }

    @ParameterizedTest
    @EnumSource(names = {"PREPARED", "STOP_REQUESTED", "START_REQUESTED", "ROLLING_BACK"})
    void recover_homeAndServiceAreGone_closesTheJournal(Phase last) throws Exception {
        unfinished(last);

        assertThat(recover()).as(this::printed).isEqualTo(5);

        assertThat(state.resolve("journal")).doesNotExist();
        assertThat(state.resolve("updater-report.json")).content().contains("\"SUPERSEDED\"");
        assertThat(state.resolve("updater.log")).content().contains("superseded");
        assertThat(home).doesNotExist();
    }

    @Test
    void recover_homeIsGoneAndNothingIsUnfinished_isRefused() {
        assertThat(recover()).isEqualTo(5);

        assertThat(printed()).contains("home-unusable");
    }

    /** Its guard would come for ever. */
    @Test
    void recover_homeIsGoneAndAVersionWasOnProbation_endsThat() throws Exception {
        Probation probation = new Probation(
                new Probation.Installed("id", "v2", ""),
                Duration.ofHours(1),
                Duration.ZERO,
                new Probation.Look(Instant.EPOCH, "", -1, 0),
                "",
                0);
        Files.write(state.resolve("probation"), probation.json());

        assertThat(recover()).as(this::printed).isZero();

        assertThat(state.resolve("probation")).doesNotExist();
        assertThat(state.resolve("guard")).doesNotExist();
        assertThat(home).doesNotExist();
    }
}
