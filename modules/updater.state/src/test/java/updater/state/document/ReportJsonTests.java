package updater.state.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.Versions;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.state.document.UpdateReport.Changes;
import updater.state.document.UpdateReport.Explanation;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.Run;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;
import updater.state.document.UpdateReport.Times;
import updater.state.document.UpdateReport.Verification;

class ReportJsonTests {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05.000000006Z");

    private static UpdateReport report(Outcome outcome, String text, OptionalLong downtime) {
        return new UpdateReport(
                outcome,
                new Explanation(text, "Free some space", outcome == Outcome.REFUSED ? "no-space" : "", List.of(text)),
                new Versions("1.2.3", "1.3.0"),
                Optional.of(new UpdateReport.Release("v1.3.0", 1030, "2026a")),
                new Run("update-1", "agent", "1.0.0", true, "/opt/agent/log/updater.log"),
                new Times(
                        AT,
                        AT.plusSeconds(9),
                        new UpdateReport.Downtime(downtime, OptionalLong.of(901), downtime),
                        List.of(
                                new PhaseTime("prepare", AT, Duration.ofNanos(1_234_567_890_123L)),
                                new PhaseTime(text, AT, Duration.ZERO))),
                new Changes(
                        new FileCounts(1, 2, 3, 4, 5, 6, 7),
                        new StepCounts(6, 7, 8, 9),
                        new ServiceChange("systemd", "agent.service", true, "enabled", false, "disabled"),
                        new Verification(10, 11, 12, List.of("a: mode 0644, found 0600", text), List.of("storage/b")),
                        List.of(new KeptFile("new", "was not there before", "/var/lib/agent-updater/kept/new"))));
    }

    @ParameterizedTest
    @EnumSource(Outcome.class)
    void read_everything_isWhatWasWritten(Outcome outcome) throws ReportFormatException {
        UpdateReport report = report(outcome, "no space", OptionalLong.of(812));

        assertThat(ReportJson.read(ReportJson.write(report))).isEqualTo(report);
    }

    @Property(tries = 300)
    void read_anyText_isWhatWasWritten(@ForAll String text) throws ReportFormatException {
        UpdateReport report = report(Outcome.ROLLED_BACK, text, OptionalLong.empty());

        assertThat(ReportJson.read(ReportJson.write(report))).isEqualTo(report);
    }

    @Test
    void write_controlCharacters_areEscaped() {
        byte[] json = ReportJson.write(
                report(Outcome.ROLLED_BACK, "a\n  \"outcome\": \"UPDATED\",\u001b[2J", OptionalLong.empty()));

        assertThat(new String(json, StandardCharsets.UTF_8).chars().filter(c -> c < ' ' && c != '\n'))
                .isEmpty();
        assertThat(firstOnALine(json, "outcome")).isEqualTo("ROLLED_BACK");
    }

    @Test
    void write_membersThatMatter_areFirstAndOnLinesOfTheirOwn() {
        byte[] json = ReportJson.write(report(Outcome.UPDATED, "why", OptionalLong.of(1)));

        assertThat(new String(json, StandardCharsets.UTF_8)).startsWith("""
            {
              "outcome": "UPDATED",
              "from_version": "1.2.3",
              "to_version": "1.3.0",
              "reason": "why",
              "finished_at": "2026-01-02T03:04:14.000000006Z",
            """).endsWith("\n}\n");
        assertThat(firstOnALine(json, "to_version")).isEqualTo("1.3.0");
    }

    /** Finds what {@code sed -n 's/^  "NAME": "\(.*\)",$/\1/p'} finds. */
    private static String firstOnALine(byte[] json, String name) {
        Matcher line = Pattern.compile("^  \"" + name + "\": \"(.*)\",$", Pattern.MULTILINE)
                .matcher(new String(json, StandardCharsets.UTF_8));
        assertThat(line.find()).isTrue();
        return line.group(1);
    }

    @Test
    void read_memberOfANewerUpdater_isSkipped() throws ReportFormatException {
        UpdateReport report = report(Outcome.UPDATED, "why", OptionalLong.of(1));
        String json = new String(ReportJson.write(report), StandardCharsets.UTF_8);

        assertThat(ReportJson.read(("{\"new\":[{}]," + json.substring(1)).getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(report);
    }

    @Test
    void read_cutAtEveryByte_isRefused() {
        byte[] whole = ReportJson.write(report(Outcome.UPDATED, "why", OptionalLong.of(1)));
        // Without the newline at its end it is still whole.
        for (int length = 0; length < whole.length - 1; length++) {
            byte[] cut = Arrays.copyOf(whole, length);

            assertThatThrownBy(() -> ReportJson.read(cut)).isInstanceOf(ReportFormatException.class);
        }
    }

    @Test
    void read_unknownOutcome_isRefusedNamingIt() {
        String json = new String(
                        ReportJson.write(report(Outcome.UPDATED, "why", OptionalLong.of(1))), StandardCharsets.UTF_8)
                .replace("UPDATED", "ASCENDED");

        assertThatThrownBy(() -> ReportJson.read(json.getBytes(StandardCharsets.UTF_8)))
                .hasMessage("outcome: expected a known outcome, found \"ASCENDED\"");
    }

    /** The page's example is a report, and its table names every member and no other. */
    @Test
    void docs_areOfThisFormat() throws Exception {
        String page = Files.readString(Path.of("../../docs/report.md"));
        String example = page.split("```json\n")[1].split("```")[0];
        assertThat(ReportJson.write(ReportJson.read(example.getBytes(StandardCharsets.UTF_8))))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(example);

        Set<String> members = new TreeSet<>();
        addMembers(JsonNode.root(JsonText.parse(example, JsonText.Strictness.STRICT)), members);
        // What was rolled back was never healthy.
        members.add("healthy_after_ms");
        assertThat(Pattern.compile("^\\| `([a-z_.\\[\\]]+)` \\|", Pattern.MULTILINE)
                        .matcher(page.split("## The report\n")[1].split("\\| outcome \\|")[0])
                        .results()
                        .map(row -> row.group(1)))
                .containsExactlyInAnyOrderElementsOf(members);
    }

    private static void addMembers(JsonNode node, Set<String> members) throws JsonShapeException {
        if (node.value() instanceof Json.Members) {
            for (JsonNode member : node.members().values()) {
                members.add(member.path().replaceAll("\\[\\d+\\]", "[]"));
                addMembers(member, members);
            }
        } else if (node.value() instanceof Json.Elements) {
            for (JsonNode element : node.elements()) {
                addMembers(element, members);
            }
        }
    }
}
