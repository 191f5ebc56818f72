package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import updater.transaction.RecoveryDecision.JournalState;
import updater.transaction.RecoveryDecision.Observed;
import updater.transaction.RecoveryDecision.Row;

final class RecoveryDecisionTests {
    private static final Path PAGE = Path.of("..", "..", "docs", "transactions.md");

    private static List<Observed> observations() {
        List<Observed> all = new ArrayList<>();
        for (int bits = 0; bits < 16; bits++) {
            all.add(new Observed((bits & 8) != 0, (bits & 4) != 0, (bits & 2) != 0, (bits & 1) != 0));
        }
        return all;
    }

    @Test
    void of_startRequested_commitsOnlyWhatReportedSuccessAndIsAliveAndWasNotRolledBack() {
        for (Observed observed : observations()) {
            boolean healthy = observed.installed() && observed.alive() && !observed.traces();
            assertThat(RecoveryDecision.of(JournalState.START_REQUESTED, observed))
                    .as(observed.toString())
                    .isEqualTo(
                            observed.superseded()
                                    ? RecoveryDecision.SUPERSEDE
                                    : healthy ? RecoveryDecision.COMMIT : RecoveryDecision.ROLL_BACK);
        }
    }

    @Test
    void of_superseded_nothingIsRolledBack() {
        for (JournalState reached : JournalState.values()) {
            assertThat(RecoveryDecision.of(reached, Observed.SUPERSEDED))
                    .as(reached.toString())
                    .isNotEqualTo(RecoveryDecision.ROLL_BACK);
        }
    }

    @Test
    void of_anythingElse_doesNotDependOnWhatElseWasObserved() {
        for (Observed observed : observations()) {
            if (observed.superseded()) {
                continue;
            }
            assertThat(Stream.of(JournalState.values())
                            .filter(reached -> reached != JournalState.START_REQUESTED)
                            .map(reached -> RecoveryDecision.of(reached, observed)))
                    .containsExactly(
                            RecoveryDecision.ABORT,
                            RecoveryDecision.ROLL_BACK,
                            RecoveryDecision.COMMIT,
                            RecoveryDecision.ROLL_BACK,
                            RecoveryDecision.FINISH_ROLLBACK);
        }
    }

    @Test
    void table_everyRow_decidesSomething() {
        Set<Row> used = new HashSet<>();
        for (JournalState reached : JournalState.values()) {
            for (Observed observed : observations()) {
                used.add(RecoveryDecision.row(reached, observed));
            }
        }
        assertThat(used).containsExactlyInAnyOrderElementsOf(RecoveryDecision.TABLE);
    }

    @Test
    void table_isWhatTheDocumentationPrints() throws IOException {
        List<String> printed = Files.readAllLines(PAGE).stream()
                .filter(line ->
                        Stream.of(JournalState.values()).anyMatch(reached -> line.startsWith("| `" + reached + "` | ")))
                .filter(line ->
                        Stream.of(RecoveryDecision.values()).anyMatch(decision -> line.contains("`" + decision + "`")))
                .map(line -> String.join(" | ", List.of(line.split(" [|] ")).subList(0, 6)) + " |")
                .toList();

        assertThat(printed)
                .containsExactlyElementsOf(RecoveryDecision.TABLE.stream()
                        .map(row -> "| `" + row.journal() + "` | " + word(row.superseded()) + " | "
                                + word(row.installed()) + " | " + word(row.traces()) + " | " + word(row.alive())
                                + " | `" + row.decision() + "` |")
                        .toList());
    }

    private static String word(RecoveryDecision.Observation observation) {
        return observation == RecoveryDecision.Observation.ANY
                ? "–"
                : observation.name().toLowerCase(Locale.ROOT);
    }
}
