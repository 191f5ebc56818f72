package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.HomeLayout;
import updater.api.SystemTicker;
import updater.api.Versions;
import updater.api.service.ServiceFacts;
import updater.app.host.RootHost;
import updater.state.document.Probation;
import updater.state.document.ProductJson;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.Phase;
import updater.state.log.LogChannels;

/** The agent was removed while an update was unfinished: the guard's recovery comes to an end. */
final class RecoverWithoutHomeTests {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private Path home;
    private Path state;
    private Path product;

    @BeforeEach
    void begin() throws IOException {
        Path root = directory.toRealPath();
        home = root.resolve("home");
        state = Files.createDirectory(
                root.resolve("state"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        product = Files.writeString(root.resolve("product.json"), """
            {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/opt/agent"}},
             "state-directory": {"linux": "%s"},
             "services": {"process": {"name": "agent", "definition": "install/agent.process"}}}
            """.formatted(state));
    }

    private int recover() {
        List<String> command = new ArrayList<>(List.of("recover", "--product", product.toString()));
        command.addAll(List.of("--home", home.toString(), "--service-manager", "process"));
        return new Program(RootHost.printing(out, out).host()).run(command);
    }

    private void unfinished(Phase last) throws Exception {
        Begin begin = new Begin(
                new Begin.Writer(JournalRecord.FORMAT, "test"),
                "id",
                Instant.EPOCH,
                ProductJson.read(Files.readAllBytes(product), "here"),
                new HomeLayout(home, state),
                new Begin.Before(
                        "process",
                        new ServiceFacts(true, "", List.of(), Duration.ofSeconds(5), ""),
                        Optional.empty(),
                        ""),
                new Versions("1", "2"));
        try (Journal journal =
                Journal.create(state.resolve("journal"), begin, new SystemTicker(), LogChannels.ofFileSystem())) {
            journal.complete();
            for (Phase phase : Phase.values()) {
                if (phase.compareTo(last) <= 0) {
                    journal.reached(phase, "");
                }
            }
        }
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

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
