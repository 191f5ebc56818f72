package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.state.document.Hold;
import updater.state.document.UpdateReport;

final class MetricsTextTests {
    private static final Path PAGE = Path.of("..", "..", "docs", "metrics.md");

    private static CurrentStatus now(CurrentStatus.State state, Optional<Hold> hold) {
        return now(state, new CurrentStatus.Holding(hold, true), List.of());
    }

    private static CurrentStatus now(CurrentStatus.State state, CurrentStatus.Holding hold, List<String> damaged) {
        return new CurrentStatus(state, Optional.empty(), false, Optional.empty(), hold, Optional.empty(), damaged);
    }

    private static String idle(CurrentStatus now) {
        return MetricsText.of(
                new MetricsText.Facts("agent", "1.0.0", now, Optional.empty(), Optional.empty(), List.of()));
    }

    private static String everything() {
        return MetricsText.of(new MetricsText.Facts(
                "agent",
                "1.0.0",
                now(CurrentStatus.State.UNFINISHED, Optional.of(new Hold(Instant.EPOCH, Optional.empty(), ""))),
                Optional.of(true),
                Optional.of(Reports.updated()),
                List.of(new UpdateFailure.Refused(RefusalCode.HELD, "held", ""))));
    }

    @Test
    void text_ofEverything_isTheGoldenFile() {
        assertThat(everything()).isEqualTo(Golden.file("metrics.txt"));
    }

    @Test
    void text_ofAHostWithoutAnUpdate_hasNothingOfALastOne() {
        assertThat(idle(now(CurrentStatus.State.IDLE, Optional.empty())))
                .contains(
                        "host_updater_state{product=\"agent\",state=\"idle\"} 1\n",
                        "host_updater_held{product=\"agent\"} 0\n",
                        "host_updater_damaged_records{product=\"agent\"} 0\n")
                .contains("host_updater_refusals{product=\"agent\"} 0\n")
                .doesNotContain("last_update", "guard");
    }

    /** A 0 would say that nothing holds updates back, while everything is refused; a series that is not there says nothing. */
    @Test
    void text_ofAHoldThatCannotBeRead_saysNothingOfItAndCountsIt() {
        CurrentStatus.Holding unknown = new CurrentStatus.Holding(Optional.empty(), false);

        assertThat(idle(now(CurrentStatus.State.IDLE, unknown, List.of("the record is damaged"))))
                .doesNotContain("host_updater_held")
                .contains("host_updater_damaged_records{product=\"agent\"} 1\n");
    }

    /** As for a user who may not read it. */
    @Test
    void text_ofAStateDirectoryThatCannotBeRead_saysNothingOfWhatIsInIt() {
        CurrentStatus.Holding unknown = new CurrentStatus.Holding(Optional.empty(), false);

        assertThat(idle(now(CurrentStatus.State.UNKNOWN, unknown, List.of())))
                .doesNotContain("host_updater_held", "host_updater_damaged_records");
    }

    /** The agent's user writes the version, and the line is read by another program. */
    @Test
    void text_ofAVersionWithQuotesAndLineFeeds_isOneLabel() {
        UpdateReport report = Reports.updated("a\"} 1\nb\\");
        String text = MetricsText.of(new MetricsText.Facts(
                "agent",
                "1.0.0",
                now(CurrentStatus.State.IDLE, Optional.empty()),
                Optional.empty(),
                Optional.of(report),
                List.of()));

        assertThat(text).contains("to=\"a\\\"} 1\\\\u000Ab\\\\\"");
    }

    @Test
    void page_describesEveryMetricAndNoOther() throws IOException {
        Pattern name = Pattern.compile("host_updater_[a-z_]+");
        assertThat(new TreeSet<>(name.matcher(Files.readString(PAGE))
                        .results()
                        .map(MatchResult::group)
                        .toList()))
                .isEqualTo(new TreeSet<>(name.matcher(everything())
                        .results()
                        .map(MatchResult::group)
                        .toList()));
    }
}
