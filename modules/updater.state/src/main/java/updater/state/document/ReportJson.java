package updater.state.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.Proof;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;

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
        return JsonText.pretty(json(report));
    }

    private static Json json(UpdateReport report) {
        JsonMembers members = new JsonMembers()
                .add("outcome", report.outcome().name())
                .add("from_version", report.fromVersion())
                .add("to_version", report.toVersion())
                .add("reason", report.reason())
                .add("finished_at", report.finishedAt().toString())
                .add("advice", report.advice())
                .add("recovered", report.recovered())
                .add("id", report.id())
                .add("product", report.product())
                .add("updater_version", report.updaterVersion())
                .add("started_at", report.startedAt().toString());
        report.downtimeMillis().ifPresent(millis -> members.add("downtime_ms", millis));
        return members.add("log_path", report.logPath())
                .add("phases", objects(report.phases(), ReportJson::json))
                .add("files", json(report.files()))
                .add("steps", json(report.steps()))
                .add("service", json(report.service()))
                .add("proof", json(report.proof()))
                .add("kept", objects(report.kept(), ReportJson::json))
                .addTexts("warnings", report.warnings())
                .toJson();
    }

    private static <T> Json objects(List<T> items, Function<T, JsonMembers> object) {
        List<Json> objects = new ArrayList<>();
        items.forEach(item -> objects.add(object.apply(item).toJson()));
        return new Json.Elements(objects);
    }

    private static JsonMembers json(PhaseTime phase) {
        return new JsonMembers()
                .add("name", phase.name())
                .add("started_at", phase.startedAt().toString())
                .add("took", phase.took().toString());
    }

    private static JsonMembers json(FileCounts files) {
        return new JsonMembers()
                .add("replaced", files.replaced())
                .add("added", files.added())
                .add("unchanged", files.unchanged())
                .add("preserved", files.preserved())
                .add("bytes", files.bytes());
    }

    private static JsonMembers json(StepCounts steps) {
        return new JsonMembers()
                .add("planned", steps.planned())
                .add("done", steps.done())
                .add("undone", steps.undone())
                .add("failed_to_undo", steps.failedToUndo());
    }

    private static JsonMembers json(ServiceChange service) {
        return new JsonMembers()
                .add("manager", service.manager())
                .add("name", service.name())
                .add("active_before", service.activeBefore())
                .add("enablement_before", service.enablementBefore())
                .add("active_after", service.activeAfter())
                .add("enablement_after", service.enablementAfter());
    }

    private static JsonMembers json(Proof proof) {
        return new JsonMembers()
                .add("compared", proof.compared())
                .add("by_content", proof.byContent())
                .add("by_identity", proof.byIdentity())
                .addTexts("differences", proof.differences())
                .addTexts("changed_since", proof.changedSince());
    }

    private static JsonMembers json(KeptFile file) {
        return new JsonMembers().add("path", file.path()).add("why", file.why()).add("where", file.where());
    }

    /**
     * Reads a report; members unknown here are skipped, so that an older updater shows what it can.
     *
     * @throws ReportFormatException when it is not JSON, or a member is missing or not what it must be
     */
    public static UpdateReport read(byte[] json) throws ReportFormatException {
        try {
            return report(JsonNode.root(JsonText.parse(json, JsonText.Strictness.LENIENT)));
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
