package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.HomeLayout;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.app.host.Console;
import updater.fs.Disk;
import updater.state.document.Hold;
import updater.state.document.PreviousVersion;
import updater.state.document.Probation;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.context.StateFiles;

final class StatusCommandTests {
    private static final long LIVING = 4711;
    private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private HomeLayout layout;
    private StatusCommand status;

    @BeforeEach
    void createHome(@TempDir Path directory) throws IOException {
        Path home = directory.toRealPath().resolve("home");
        layout = new HomeLayout(home, directory.toRealPath().resolve("state"));
        Files.createDirectories(home.resolve("log"));
        Files.createDirectory(layout.state());
        Console console = new Console(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                false);
        status = new StatusCommand(Disk.ofHost(), layout, holder -> holder.pid() == LIVING, () -> NOW, console);
    }

    private Path own() {
        return layout.state().resolve(StateFiles.REPORT);
    }

    @Test
    void run_updated_isTheGoldenFile() throws IOException {
        write(own(), Reports.updated());

        assertThat(status.run(false, false, Optional.empty(), Optional.of(false)))
                .isZero();
        assertThat(text(out)).isEqualTo(Golden.file("status-updated.txt"));
        assertThat(text(err)).isEmpty();
    }

    @Test
    void run_updatedVerbose_isTheGoldenFile() throws IOException {
        write(own(), Reports.updated());

        assertThat(status.run(false, true, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).isEqualTo(Golden.file("status-updated-verbose.txt"));
    }

    @Test
    void run_rollbackIncomplete_isTheGoldenFile() throws IOException {
        write(own(), Reports.rollbackIncomplete());
        Files.createFile(layout.journal());

        assertThat(status.run(false, false, Optional.empty(), Optional.of(true)))
                .isEqualTo(4);
        assertThat(text(out).replace(layout.state().toString(), "STATE"))
                .isEqualTo(Golden.file("status-incomplete.txt"));
    }

    @Test
    void run_json_isTheStoredTextBehindWhatIsTrueNow() throws IOException {
        write(own(), Reports.updated());

        assertThat(status.run(true, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).isEqualTo(withNow("\"state\": \"idle\""));
    }

    @Test
    void run_onProbation_saysWhetherItCouldBeTakenBack() throws IOException {
        write(own(), Reports.updated());
        Probation probation = new Probation(
                new Probation.Installed("id", "v2", ""),
                Duration.ofHours(1),
                Duration.ofSeconds(90),
                new Probation.Look(NOW, "", 0, 0),
                "",
                0);
        Files.write(layout.state().resolve("probation"), probation.json());

        assertThat(status.run(false, false, Optional.empty(), Optional.of(true)))
                .isZero();
        assertThat(text(out))
                .startsWith("now          version v2 is ON PROBATION: it has run for 90 s of 3600 s;"
                        + " what it replaced could not be kept, and it would stay if it failed\n");

        PreviousVersion previous =
                new PreviousVersion("id", "v1", "v2", "", NOW, new PreviousVersion.Kept(1, 1, 1, true));
        Files.write(layout.state().resolve("previous-version"), previous.json());
        out.reset();

        assertThat(status.run(false, false, Optional.empty(), Optional.of(true)))
                .isZero();
        assertThat(text(out)).contains("for 90 s of 3600 s\n").doesNotContain("could not be kept");
        out.reset();
        assertThat(status.run(true, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).contains("\"previous_kept\": true");
    }

    private String withNow(String members) throws IOException {
        return Files.readString(own()).replaceFirst("\\{\n", "{\n  \"now\": {\n    " + members + "\n  },\n");
    }

    @ParameterizedTest
    @CsvSource({
        "UPDATED, 0",
        "UNCHANGED, 0",
        "ROLLED_BACK, 1",
        "ROLLBACK_INCOMPLETE, 4",
        "REFUSED, 5",
        "ABORTED, 5",
        "SUPERSEDED, 5"
    })
    void run_nothingUnderWay_exitsWithTheCodeOfTheLastUpdate(String outcome, int code) throws IOException {
        String stored = new String(ReportJson.write(Reports.updated()), StandardCharsets.UTF_8);
        Files.writeString(own(), stored.replace("\"UPDATED\"", "\"" + outcome + "\""));

        assertThat(status.run(false, false, Optional.empty(), Optional.of(false)))
                .isEqualTo(code);
        assertThat(text(out)).startsWith("outcome ");
    }

    @Test
    void run_firstUpdateAtWork_isShownWithoutAReport() throws IOException {
        Files.writeString(layout.state().resolve("holder"), new LockHolder(LIVING, Instant.EPOCH, "update").text());

        assertThat(status.run(false, false, Optional.empty(), Optional.of(false)))
                .isEqualTo(3);
        assertThat(text(out))
                .isEqualTo(
                        "now          an updater is at work: process 4711 (update, since 1970-01-01T00:00:00Z), which"
                                + " is preparing\n");
        out.reset();
        assertThat(status.run(true, false, Optional.empty(), Optional.of(false)))
                .isEqualTo(3);
        assertThat(text(out)).contains("\"state\": \"running\"", "\"pid\": 4711");
    }

    @Test
    void run_heldBack_isSaidFirst() throws IOException {
        write(own(), Reports.updated());
        Files.write(
                layout.state().resolve("hold"),
                new Hold(NOW.minusSeconds(9), Optional.of(NOW.plusSeconds(9)), "freeze").bytes());

        assertThat(status.run(false, false, Optional.empty(), Optional.of(false)))
                .isZero();
        assertThat(text(out))
                .startsWith("now          updates are HELD BACK since 2026-11-30T23:59:51Z until 2026-12-01T00:00:09Z:"
                        + " freeze\n");
        out.reset();
        status.run(true, false, Optional.empty(), Optional.of(false));
        assertThat(text(out)).contains("\"hold\": {", "\"reason\": \"freeze\"");
    }

    @Test
    void run_jsonWithRawControls_printsEscapesThatMeanTheSame() throws IOException {
        String stored = new String(ReportJson.write(Reports.updated()), StandardCharsets.UTF_8);
        Files.writeString(
                own(), "\ufeff" + stored.replace("1.3.0", "1.3\u0085\u202e0").replace("\n", "\r\n\t"));

        assertThat(status.run(true, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).contains("1.3\\u0085\\u202E0").doesNotContain("\u0085", "\u202e", "\r", "\t", "\ufeff");
    }

    @Test
    void run_neverUpdated_saysSoAndExitsWith5() {
        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(5);
        assertThat(text(out)).isEmpty();
        assertThat(text(err)).contains("there is no report of an update of " + layout.home());
    }

    @Test
    void run_neverRan_isNotAnError() throws IOException {
        Files.delete(layout.state());
        Files.delete(layout.home().resolve("log"));

        assertThat(status.run(true, false, Optional.empty(), Optional.empty())).isEqualTo(5);
        assertThat(text(err).lines()).hasSize(2);
    }

    @Test
    void run_reportOnlyInState_isShown() throws IOException {
        write(layout.state().resolve(StateFiles.REPORT), Reports.updated());

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).startsWith("outcome      updated\n");
    }

    @Test
    void run_reportInHomeIsALink_isNotFollowed() throws IOException {
        Path secret = Files.write(layout.state().resolve("secret"), ReportJson.write(Reports.updated()));
        Files.createSymbolicLink(layout.report(), secret);

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(5);
        assertThat(text(out)).isEmpty();
        assertThat(text(err)).contains("the report " + layout.report() + " cannot be read");
    }

    @Test
    void run_reportInHomeIsForged_isNotBelieved() throws IOException {
        write(own(), Reports.rollbackIncomplete());
        write(layout.report(), Reports.updated());

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(4);
        assertThat(text(out)).contains("ROLLBACK INCOMPLETE").doesNotContain("outcome      updated");
    }

    @Test
    void run_reportOnlyInHome_saysWhoCouldHaveWrittenIt() throws IOException {
        write(layout.report(), Reports.updated());

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).contains("outcome      updated", "the owner of home can change");
    }

    @Test
    void run_reportInHomeHasTooManyEntries_saysSo() throws IOException {
        String stored = new String(ReportJson.write(Reports.updated()), StandardCharsets.UTF_8);
        String entries = "0,".repeat(200_000) + "0";
        Files.writeString(layout.report(), stored.replaceFirst("\\{", "{\"many\": [" + entries + "],"));

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(5);
        assertThat(text(err)).contains("is damaged: ", "at most 100000 values");
    }

    @Test
    void run_reportInHomeIsTooLong_saysSo() throws IOException {
        String stored = new String(ReportJson.write(Reports.updated()), StandardCharsets.UTF_8);
        Files.writeString(layout.report(), stored + " ".repeat(1 << 20));

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(5);
        assertThat(text(err)).contains("the report " + layout.report() + " cannot be read");
    }

    @Test
    @Timeout(20)
    void run_reportInHomeIsAFifo_doesNotWait() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", layout.report().toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(5);
    }

    @Test
    void run_reportHasEscapesAndOverrides_showsThemAsText() throws IOException {
        String stored = new String(ReportJson.write(Reports.updated()), StandardCharsets.UTF_8);
        Files.writeString(layout.report(), stored.replace("1.3.0", "1.3\\u001b[2J\\u202e\u2066\u009b0"));

        assertThat(status.run(false, true, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out))
                .contains("1.3\\u001B[2J\\u202E\\u2066\\u009B0")
                .doesNotContain("\u001b", "\u202e", "\u2066", "\u009b");
    }

    @Test
    void run_logDirectoryIsALink_isNotFollowed() throws IOException {
        Files.delete(layout.home().resolve("log"));
        Path elsewhere = Files.createDirectory(layout.state().resolve("elsewhere"));
        write(elsewhere.resolve(StateFiles.REPORT), Reports.updated());
        Files.createSymbolicLink(layout.home().resolve("log"), elsewhere);

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isEqualTo(5);
    }

    @Test
    void run_ownReportDamaged_saysSoAndShowsTheOneInHome() throws IOException {
        Files.writeString(own(), "{\"outcome\": \"UPDATED\"");
        write(layout.report(), Reports.updated());

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).contains("the report " + own() + " is damaged");
    }

    @Test
    void run_journalAndNobodyAtWork_saysRecover() throws IOException {
        write(own(), Reports.updated());
        Files.createFile(layout.journal());
        Files.writeString(layout.state().resolve("holder"), new LockHolder(1, Instant.EPOCH, "update").text());

        assertThat(status.run(false, false, Optional.empty(), Optional.of(false)))
                .isEqualTo(4);
        assertThat(text(out))
                .startsWith("now          an update is UNFINISHED: run '" + layout.stateLauncher()
                        + " recover'\n\nthe last" + " update that ended\noutcome      updated\n")
                .contains("\nthe guard is not armed");
    }

    /** The report may be of a refusal by then. */
    @Test
    void run_journalPutAsideDamaged_saysSoWhateverTheReportSays() throws IOException {
        write(own(), Reports.updated());
        Files.createFile(layout.state().resolve("journal.damaged-1700000000"));

        assertThat(status.run(false, false, Optional.empty(), Optional.of(false)))
                .isEqualTo(4);
        assertThat(text(out))
                .startsWith(
                        "now          home may hold files of TWO VERSIONS, as the journal of an update that failed was"
                                + " damaged: run '" + layout.stateLauncher() + " apply BUNDLE'\n\nthe last update");
        out.reset();
        assertThat(status.run(true, false, Optional.empty(), Optional.empty())).isEqualTo(4);
        assertThat(text(out)).contains("\"state\": \"damaged\"");
    }

    /** The report says how things were when the update ended. */
    @Test
    void run_agentHasEndedSince_saysSo() throws IOException {
        write(own(), Reports.updated());
        Optional<AgentNow> agent = Optional.of(new AgentNow(new ServiceState(Activity.FAILED, 0, 0, "failed, KILL")));

        assertThat(status.run(false, false, agent, Optional.empty())).isZero();
        assertThat(text(out))
                .startsWith("agent        is NOT RUNNING: it has failed (failed, KILL)\n\nthe last update that ended\n")
                .contains("; at the end of that update\n");
        out.reset();
        assertThat(status.run(true, false, agent, Optional.empty())).isZero();
        assertThat(text(out)).contains("\"activity\": \"failed\"", "\"detail\": \"failed, KILL\"");
    }

    @Test
    void run_somebodyAtWork_saysWho() throws IOException {
        write(own(), Reports.updated());
        Files.createFile(layout.journal());
        Files.writeString(layout.state().resolve("holder"), new LockHolder(LIVING, Instant.EPOCH, "update").text());

        assertThat(status.run(true, false, Optional.empty(), Optional.of(true))).isEqualTo(3);
        assertThat(text(err)).isEmpty();
        assertThat(text(out))
                .isEqualTo(withNow("\"state\": \"running\",\n    \"pid\": 4711,\n    \"command\": \"update\",\n"
                        + "    \"since\": \"1970-01-01T00:00:00Z\""));
    }

    @Test
    void run_stateUnreadable_saysThatItCannotTell() throws IOException {
        write(layout.report(), Reports.updated());
        Files.delete(layout.state());
        Files.createFile(layout.state());

        assertThat(status.run(false, false, Optional.empty(), Optional.empty())).isZero();
        assertThat(text(out)).contains("whether an update is unfinished cannot be told");
    }

    @Test
    void run_changesNothing() throws IOException {
        write(own(), Reports.updated());

        status.run(false, false, Optional.empty(), Optional.of(true));

        try (var files = Files.walk(layout.state())) {
            assertThat(files).containsExactlyInAnyOrder(layout.state(), own());
        }
    }

    @Test
    void holder_text_isReadBack() {
        LockHolder holder = new LockHolder(12, Instant.parse("2025-01-02T03:04:05.000000006Z"), "recover --home /a b");

        assertThat(LockHolder.parse(holder.text())).contains(holder);
        assertThat(LockHolder.parse("")).isEmpty();
        assertThat(LockHolder.parse("x y z")).isEmpty();
        assertThat(LockHolder.parse("1 y z")).isEmpty();
    }

    private static void write(Path file, UpdateReport report) throws IOException {
        Files.write(file, ReportJson.write(report));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
