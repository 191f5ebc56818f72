package updater.state.document;

import static updater.state.document.JsonForm.BOOL;
import static updater.state.document.JsonForm.DURATION;
import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.NUMBER;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import updater.api.Versions;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.state.document.UpdateReport.Changes;
import updater.state.document.UpdateReport.Downtime;
import updater.state.document.UpdateReport.Explanation;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.Release;
import updater.state.document.UpdateReport.Run;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;
import updater.state.document.UpdateReport.Times;
import updater.state.document.UpdateReport.Verification;

/**
 * The JSON form of update reports. Its names are format 1, which {@code docs/report.md} describes, and stay.
 *
 * <p>A report has one member a line, and the five that matter most come first, indented by two blanks: a shell script
 * that has no JSON reader finds them by their names at the beginnings of lines.
 */
public final class ReportJson {
    private static final JsonForm<PhaseTime> PHASE = lenient(
            v -> new PhaseTime(v.next(), v.next(), v.next()),
            field("name", TEXT, PhaseTime::name),
            field("started_at", INSTANT, PhaseTime::startedAt),
            field("took", DURATION, PhaseTime::took));
    private static final JsonForm<FileCounts> FILES = lenient(
            v -> new FileCounts(v.next(), v.next(), v.next(), v.next(), v.next(), v.next(), v.next()),
            field("replaced", NUMBER, FileCounts::replaced),
            field("added", NUMBER, FileCounts::added),
            field("unchanged", NUMBER, FileCounts::unchanged),
            field("preserved", NUMBER, FileCounts::preserved),
            field("bytes", NUMBER, FileCounts::bytes),
            field("removed", NUMBER, FileCounts::removed, 0L),
            field("stayed", NUMBER, FileCounts::stayed, 0L));
    private static final JsonForm<StepCounts> STEPS = lenient(
            v -> new StepCounts(v.next(), v.next(), v.next(), v.next()),
            field("planned", NUMBER, StepCounts::planned),
            field("done", NUMBER, StepCounts::done),
            field("undone", NUMBER, StepCounts::undone),
            field("failed_to_undo", NUMBER, StepCounts::failedToUndo));
    private static final JsonForm<ServiceChange> SERVICE = lenient(
            v -> new ServiceChange(v.next(), v.next(), v.next(), v.next(), v.next(), v.next(), v.next()),
            field("manager", TEXT, ServiceChange::manager),
            field("name", TEXT, ServiceChange::name),
            field("active_before", BOOL, ServiceChange::activeBefore),
            field("enablement_before", TEXT, ServiceChange::enablementBefore),
            field("active_after", BOOL, ServiceChange::activeAfter),
            field("enablement_after", TEXT, ServiceChange::enablementAfter),
            field("output", TEXT.list(), ServiceChange::output, List.of()));
    private static final JsonForm<Verification> PROOF = lenient(
            v -> new Verification(v.next(), v.next(), v.next(), v.next(), v.next()),
            field("compared", NUMBER, Verification::compared),
            field("by_content", NUMBER, Verification::byContent),
            field("by_identity", NUMBER, Verification::byIdentity),
            field("differences", TEXT.list(), Verification::differences),
            field("changed_since", TEXT.list(), Verification::changedSince));
    private static final JsonForm<KeptFile> KEPT = lenient(
            v -> new KeptFile(v.next(), v.next(), v.next()),
            field("path", TEXT, KeptFile::path),
            field("why", TEXT, KeptFile::why),
            field("where", TEXT, KeptFile::where));
    private static final JsonForm<Release> RELEASE = lenient(
            v -> new Release(v.next(), v.next(), v.next()),
            field("version", TEXT, Release::version),
            field("counter", NUMBER, Release::counter),
            field("key", TEXT, Release::key));

    private static final JsonForm<OptionalLong> MILLISECONDS =
            NUMBER.as(OptionalLong::of, OptionalLong::orElseThrow, "milliseconds");

    private static final JsonForm<UpdateReport> REPORT = lenient(
            v -> new UpdateReport(
                    v.of("outcome"),
                    new Explanation(v.of("reason"), v.of("advice"), v.of("refusal_code"), v.of("warnings")),
                    new Versions(v.of("from_version"), v.of("to_version")),
                    v.of("release"),
                    new Run(v.of("id"), v.of("product"), v.of("updater_version"), v.of("recovered"), v.of("log_path")),
                    new Times(
                            v.of("started_at"),
                            v.of("finished_at"),
                            new Downtime(v.of("downtime_ms"), v.of("healthy_after_ms"), v.of("start_up_ms")),
                            v.of("phases")),
                    new Changes(v.of("files"), v.of("steps"), v.of("service"), v.of("verification"), v.of("kept"))),
            field("outcome", TEXT.as(Outcome::valueOf, Outcome::name, "a known outcome"), UpdateReport::outcome),
            field("from_version", TEXT, report -> report.versions().from()),
            field("to_version", TEXT, report -> report.versions().to()),
            field("reason", TEXT, UpdateReport::reason),
            field("finished_at", INSTANT, report -> report.times().finishedAt()),
            field("advice", TEXT, report -> report.explanation().advice()),
            field("refusal_code", TEXT, report -> report.explanation().refusalCode(), ""),
            field("recovered", BOOL, report -> report.run().recovered()),
            field("id", TEXT, report -> report.run().id()),
            field("product", TEXT, report -> report.run().product()),
            field("updater_version", TEXT, report -> report.run().updaterVersion()),
            field("started_at", INSTANT, report -> report.times().startedAt()),
            downtime("downtime_ms", Downtime::untilProcess),
            downtime("healthy_after_ms", Downtime::untilHealthy),
            downtime("start_up_ms", Downtime::startUp),
            field("log_path", TEXT, report -> report.run().logPath()),
            field("phases", PHASE.list(), report -> report.times().phases()),
            field("files", FILES, report -> report.changes().files()),
            field("steps", STEPS, report -> report.changes().steps()),
            field("service", SERVICE, report -> report.changes().service()),
            field("verification", PROOF, report -> report.changes().verification()),
            field("kept", KEPT.list(), report -> report.changes().kept()),
            field("warnings", TEXT.list(), UpdateReport::warnings),
            field(
                    "release",
                    RELEASE.<Optional<Release>>as(Optional::of, Optional::orElseThrow, "a release"),
                    UpdateReport::release,
                    Optional.empty()));

    private static RecordForm.Field<UpdateReport, OptionalLong> downtime(
            String name, Function<Downtime, OptionalLong> part) {
        return field(name, MILLISECONDS, report -> part.apply(report.times().downtime()), OptionalLong.empty());
    }

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
