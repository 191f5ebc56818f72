package updater.state.document;

import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.NUMBER;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import updater.api.Versions;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.state.document.HistoryEntry.Times;
import updater.state.document.HistoryEntry.Trees;
import updater.state.document.UpdateReport.Outcome;

/** The JSON form of a host's history: one update a line, the newest last. Its names are those of the report. */
public final class HistoryJson {
    private static final JsonForm<HistoryEntry> ENTRY = lenient(
            v -> new HistoryEntry(
                    v.of("id"),
                    v.of("outcome"),
                    new Versions(v.of("from_version"), v.of("to_version")),
                    new Times(v.of("started_at"), v.of("finished_at"), v.of("downtime_ms")),
                    v.of("reason"),
                    v.of("refusal_code"),
                    new Trees(v.of("tree"), v.of("took_back"))),
            field("id", TEXT, HistoryEntry::id),
            field("outcome", TEXT.as(Outcome::valueOf, Outcome::name, "a known outcome"), HistoryEntry::outcome),
            field("from_version", TEXT, entry -> entry.versions().from()),
            field("to_version", TEXT, entry -> entry.versions().to()),
            field("started_at", INSTANT, entry -> entry.times().startedAt()),
            field("finished_at", INSTANT, entry -> entry.times().finishedAt()),
            field(
                    "downtime_ms",
                    NUMBER.as(OptionalLong::of, OptionalLong::orElseThrow, "milliseconds"),
                    entry -> entry.times().downtimeMillis(),
                    OptionalLong.empty()),
            field("reason", TEXT, HistoryEntry::reason),
            field("refusal_code", TEXT, HistoryEntry::refusalCode, ""),
            field("tree", TEXT, entry -> entry.trees().staged(), ""),
            field("took_back", TEXT, entry -> entry.trees().tookBack(), ""));

    private HistoryJson() {}

    /** Returns the history as it is stored. */
    public static byte[] write(List<HistoryEntry> history) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (HistoryEntry entry : history) {
            lines.writeBytes(JsonText.compact(ENTRY.write(entry)));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    /** Returns what is stored; a line that cannot be read, as one of a newer updater may, is left out. */
    public static List<HistoryEntry> read(byte[] lines) {
        List<HistoryEntry> history = new ArrayList<>();
        new String(lines, StandardCharsets.UTF_8).lines().forEach(line -> {
            try {
                history.add(ENTRY.read(JsonNode.root(JsonText.parse(line, JsonText.Strictness.LENIENT))));
            } catch (JsonShapeException e) {
                // The others are worth showing all the same.
            }
        });
        return history;
    }
}
