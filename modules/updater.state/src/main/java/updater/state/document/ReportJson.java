package updater.state.document;

import static updater.state.document.JsonForm.BOOL;
import static updater.state.document.JsonForm.DURATION;
import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.NUMBER;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.util.OptionalLong;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;
import updater.state.document.UpdateReport.Verification;

/**
 * The JSON form of update reports. Its names are format 1, which {@code docs/report.md} describes, and stay.
 *
 * <p>A report has one member a line, and the five that matter most come first, indented by two blanks: a shell script
 * that has no JSON reader finds them by their names at the beginnings of lines.
 */
public final class ReportJson {
    private static final JsonForm<PhaseTime> PHASE =
            lenient(PhaseTime.class, field("name", TEXT), field("started_at", INSTANT), field("took", DURATION));
    private static final JsonForm<FileCounts> FILES = lenient(
            FileCounts.class,
            field("replaced", NUMBER),
            field("added", NUMBER),
            field("unchanged", NUMBER),
            field("preserved", NUMBER),
            field("bytes", NUMBER));
    private static final JsonForm<StepCounts> STEPS = lenient(
            StepCounts.class,
            field("planned", NUMBER),
            field("done", NUMBER),
            field("undone", NUMBER),
            field("failed_to_undo", NUMBER));
    private static final JsonForm<ServiceChange> SERVICE = lenient(
            ServiceChange.class,
            field("manager", TEXT),
            field("name", TEXT),
            field("active_before", BOOL),
            field("enablement_before", TEXT),
            field("active_after", BOOL),
            field("enablement_after", TEXT));
    private static final JsonForm<Verification> PROOF = lenient(
            Verification.class,
            field("compared", NUMBER),
            field("by_content", NUMBER),
            field("by_identity", NUMBER),
            field("differences", TEXT.list()),
            field("changed_since", TEXT.list()));
    private static final JsonForm<KeptFile> KEPT =
            lenient(KeptFile.class, field("path", TEXT), field("why", TEXT), field("where", TEXT));

    private static final JsonForm<UpdateReport> REPORT = lenient(
            UpdateReport.class,
            field("outcome", TEXT.as(Outcome::valueOf, Outcome::name, "a known outcome")),
            field("from_version", TEXT),
            field("to_version", TEXT),
            field("reason", TEXT),
            field("finished_at", INSTANT),
            field("advice", TEXT),
            field("recovered", BOOL),
            field("id", TEXT),
            field("product", TEXT),
            field("updater_version", TEXT),
            field("started_at", INSTANT),
            field(
                    "downtime_ms",
                    NUMBER.as(OptionalLong::of, OptionalLong::orElseThrow, "milliseconds"),
                    OptionalLong.empty()),
            field("log_path", TEXT),
            field("phases", PHASE.list()),
            field("files", FILES),
            field("steps", STEPS),
            field("service", SERVICE),
            field("verification", PROOF),
            field("kept", KEPT.list()),
            field("warnings", TEXT.list()));

    private ReportJson() {}

    /** Returns the report as JSON in UTF-8, control characters escaped, with a newline at its end. */
    public static byte[] write(UpdateReport report) {
        return JsonText.pretty(REPORT.write(report));
    }

    /**
     * Reads a report; members unknown here are skipped, so that an older updater shows what it can.
     *
     * @throws ReportFormatException when it is not JSON, or a member is missing or not what it must be
     */
    public static UpdateReport read(byte[] json) throws ReportFormatException {
        try {
            return REPORT.read(JsonNode.root(JsonText.parse(json, JsonText.Strictness.LENIENT)));
        } catch (JsonShapeException e) {
            throw new ReportFormatException(e.getMessage());
        }
    }
}
