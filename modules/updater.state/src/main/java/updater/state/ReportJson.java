package updater.state;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.state.UpdateReport.FileCounts;
import updater.state.UpdateReport.KeptFile;
import updater.state.UpdateReport.Outcome;
import updater.state.UpdateReport.PhaseTime;
import updater.state.UpdateReport.Proof;
import updater.state.UpdateReport.ServiceChange;
import updater.state.UpdateReport.StepCounts;

/**
 * Read and write update reports.
 *
 * <p>A report has one member a line, and the five that matter most come first, indented by two blanks: a shell script
 * that has no JSON reader finds them by their names at the beginnings of lines.
 */
public final class ReportJson {
    private ReportJson() {}

    /** Returns the report as JSON in UTF-8, control characters escaped, with a newline at its end. */
    public static byte[] write(UpdateReport report) {
        return JsonText.pretty(out -> write(out, report));
    }

    private static void write(JsonGenerator out, UpdateReport report) throws IOException {
        out.writeStartObject();
        out.writeStringField("outcome", report.outcome().name());
        out.writeStringField("from_version", report.fromVersion());
        out.writeStringField("to_version", report.toVersion());
        out.writeStringField("reason", report.reason());
        out.writeStringField("finished_at", report.finishedAt().toString());
        out.writeStringField("advice", report.advice());
        out.writeBooleanField("recovered", report.recovered());
        out.writeStringField("id", report.id());
        out.writeStringField("product", report.product());
        out.writeStringField("updater_version", report.updaterVersion());
        out.writeStringField("started_at", report.startedAt().toString());
        if (report.downtimeMillis().isPresent()) {
            out.writeNumberField("downtime_ms", report.downtimeMillis().getAsLong());
        }
        out.writeStringField("log_path", report.logPath());
        writePhases(out, report.phases());
        writeCounts(out, report.files(), report.steps());
        writeService(out, report.service());
        writeProof(out, report.proof());
        writeKept(out, report.kept());
        writeTexts(out, "warnings", report.warnings());
        out.writeEndObject();
    }

    private static void writePhases(JsonGenerator out, List<PhaseTime> phases) throws IOException {
        out.writeArrayFieldStart("phases");
        for (PhaseTime phase : phases) {
            out.writeStartObject();
            out.writeStringField("name", phase.name());
            out.writeStringField("started_at", phase.startedAt().toString());
            out.writeStringField("took", phase.took().toString());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeCounts(JsonGenerator out, FileCounts files, StepCounts steps) throws IOException {
        out.writeObjectFieldStart("files");
        out.writeNumberField("replaced", files.replaced());
        out.writeNumberField("added", files.added());
        out.writeNumberField("unchanged", files.unchanged());
        out.writeNumberField("preserved", files.preserved());
        out.writeNumberField("bytes", files.bytes());
        out.writeEndObject();
        out.writeObjectFieldStart("steps");
        out.writeNumberField("planned", steps.planned());
        out.writeNumberField("done", steps.done());
        out.writeNumberField("undone", steps.undone());
        out.writeNumberField("failed_to_undo", steps.failedToUndo());
        out.writeEndObject();
    }

    private static void writeService(JsonGenerator out, ServiceChange service) throws IOException {
        out.writeObjectFieldStart("service");
        out.writeStringField("manager", service.manager());
        out.writeStringField("name", service.name());
        out.writeBooleanField("active_before", service.activeBefore());
        out.writeStringField("enablement_before", service.enablementBefore());
        out.writeBooleanField("active_after", service.activeAfter());
        out.writeStringField("enablement_after", service.enablementAfter());
        out.writeEndObject();
    }

    private static void writeProof(JsonGenerator out, Proof proof) throws IOException {
        out.writeObjectFieldStart("proof");
        out.writeNumberField("compared", proof.compared());
        out.writeNumberField("by_content", proof.byContent());
        out.writeNumberField("by_identity", proof.byIdentity());
        writeTexts(out, "differences", proof.differences());
        writeTexts(out, "changed_since", proof.changedSince());
        out.writeEndObject();
    }

    private static void writeKept(JsonGenerator out, List<KeptFile> kept) throws IOException {
        out.writeArrayFieldStart("kept");
        for (KeptFile file : kept) {
            out.writeStartObject();
            out.writeStringField("path", file.path());
            out.writeStringField("why", file.why());
            out.writeStringField("where", file.where());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeTexts(JsonGenerator out, String name, List<String> texts) throws IOException {
        out.writeArrayFieldStart(name);
        for (String text : texts) {
            out.writeString(text);
        }
        out.writeEndArray();
    }

    /**
     * Reads a report; members unknown here are skipped, so that an older updater shows what it can.
     *
     * @throws ReportFormatException when it is not JSON, or a member is missing or not what it must be
     */
    public static UpdateReport read(byte[] json) throws ReportFormatException {
        try {
            return report(JsonNode.root(JsonText.parse(json, JsonText.Duplicates.LAST_WINS)));
        } catch (JsonShapeException e) {
            throw new ReportFormatException(e.getMessage());
        }
    }

    private static UpdateReport report(JsonNode node) throws JsonShapeException {
        Optional<JsonNode> downtime = node.optional("downtime_ms");
        return new UpdateReport(
                text(node, "id"),
                text(node, "product"),
                text(node, "updater_version"),
                outcome(node.member("outcome")),
                node.member("recovered").bool(),
                text(node, "reason"),
                text(node, "advice"),
                text(node, "from_version"),
                text(node, "to_version"),
                node.member("started_at").instant(),
                node.member("finished_at").instant(),
                phases(node.member("phases")),
                downtime.isPresent() ? OptionalLong.of(downtime.get().number()) : OptionalLong.empty(),
                files(node.member("files")),
                steps(node.member("steps")),
                service(node.member("service")),
                proof(node.member("proof")),
                kept(node.member("kept")),
                node.member("warnings").texts(),
                text(node, "log_path"));
    }

    private static Outcome outcome(JsonNode node) throws JsonShapeException {
        try {
            return Outcome.valueOf(node.text());
        } catch (IllegalArgumentException e) {
            throw node.expected("a known outcome");
        }
    }

    private static List<PhaseTime> phases(JsonNode node) throws JsonShapeException {
        List<PhaseTime> phases = new ArrayList<>();
        for (JsonNode phase : node.elements()) {
            phases.add(new PhaseTime(
                    text(phase, "name"),
                    phase.member("started_at").instant(),
                    phase.member("took").duration()));
        }
        return phases;
    }

    private static FileCounts files(JsonNode node) throws JsonShapeException {
        return new FileCounts(
                node.member("replaced").number(),
                node.member("added").number(),
                node.member("unchanged").number(),
                node.member("preserved").number(),
                node.member("bytes").number());
    }

    private static StepCounts steps(JsonNode node) throws JsonShapeException {
        return new StepCounts(
                node.member("planned").number(),
                node.member("done").number(),
                node.member("undone").number(),
                node.member("failed_to_undo").number());
    }

    private static ServiceChange service(JsonNode node) throws JsonShapeException {
        return new ServiceChange(
                text(node, "manager"),
                text(node, "name"),
                node.member("active_before").bool(),
                text(node, "enablement_before"),
                node.member("active_after").bool(),
                text(node, "enablement_after"));
    }

    private static Proof proof(JsonNode node) throws JsonShapeException {
        return new Proof(
                node.member("compared").number(),
                node.member("by_content").number(),
                node.member("by_identity").number(),
                node.member("differences").texts(),
                node.member("changed_since").texts());
    }

    private static List<KeptFile> kept(JsonNode node) throws JsonShapeException {
        List<KeptFile> kept = new ArrayList<>();
        for (JsonNode file : node.elements()) {
            kept.add(new KeptFile(text(file, "path"), text(file, "why"), text(file, "where")));
        }
        return kept;
    }

    private static String text(JsonNode parent, String name) throws JsonShapeException {
        return parent.member(name).text();
    }
}
