package updater.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.DurationText;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonText;
import updater.json.Printable;
import updater.state.document.HistoryEntry;
import updater.state.document.UpdateReport.Outcome;
import updater.transaction.Engine;
import updater.transaction.context.EventLog;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.UpdateContext;

/**
 * The command that prints what an update from the staged tree would do, and ends as that would if it would be refused. All of
 * preparing's looking, nothing of its doing.
 */
record PlanCommand(Arguments line, Host host) {
    private static final EventLog SILENT = (level, message, values, error) -> {};
    private static final int SHOWN = 10;

    /**
     * Everything there is to print.
     *
     * @param lastDowntime of the last update here that was stopped for; empty when there was none
     */
    record Found(PlanPreview plan, List<UpdateFailure> problems, OptionalLong lastDowntime, boolean stopsNobody) {}

    /** Prints it. */
    ExitCode run() throws UpdateFailure, InterruptedException {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        UpdateContext context = finder.context();
        PlanPreview plan = new Engine(context, LockedRun.invocation(line, host), (phase, took) -> {}, SILENT).plan();
        List<UpdateFailure> problems = plan.checks().stream()
                .flatMap(check -> check.refusal().stream())
                .map(failure -> Engine.explain(failure, context, true))
                .toList();
        boolean staged = plan.checks().stream().allMatch(check -> check.asked());
        if (!staged && problems.isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STAGED_TREE_MISSING,
                    "nothing is staged at " + context.layout().staged(),
                    "Unpack the update tarball there");
        }
        boolean unchanged =
                plan.files().replaced().count() + plan.files().added().count() == 0
                        && plan.definition() == PlanPreview.Definition.UNCHANGED
                        && !context.product().policy().restartWhenUnchanged();
        Found found = new Found(plan, problems, lastDowntime(context), unchanged && problems.isEmpty());
        host.console().printText(line.json() ? json(found) : text(found, line.verbose()));
        return problems.stream().findFirst().map(ExitCode::of).orElse(ExitCode.DONE);
    }

    private static OptionalLong lastDowntime(UpdateContext context) {
        try {
            List<HistoryEntry> history = new HistoryFile(context.disk(), context.layout()).read();
            return history.stream()
                    .filter(entry -> entry.outcome() == Outcome.UPDATED)
                    .map(HistoryEntry::downtimeMillis)
                    .filter(OptionalLong::isPresent)
                    .reduce((first, last) -> last)
                    .orElse(OptionalLong.empty());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static String text(Found found, boolean verbose) {
        PlanPreview plan = found.plan();
        StringBuilder out = new StringBuilder();
        line(out, "files", count(plan));
        line(
                out,
                "definition",
                switch (plan.definition()) {
                    case UNCHANGED -> "unchanged";
                    case BEFORE_THE_STOP -> "replaced while the agent runs";
                    case WHILE_STOPPED ->
                        "replaced while the agent is stopped, for it changes how the agent is stopped";
                });
        line(out, "stopped", plan.services().isEmpty() ? "not known" : String.join(", ", plan.services()));
        line(out, "downtime", downtime(found));
        paths(out, "replaced", plan.files().replaced(), verbose);
        paths(out, "added", plan.files().added(), verbose);
        paths(out, "kept as they are, by their names", plan.files().preserved(), verbose);
        section(
                out,
                "warnings",
                plan.checks().stream()
                        .flatMap(check -> check.warnings().stream())
                        .toList());
        section(
                out,
                "an update would be refused",
                found.problems().stream().map(PlanCommand::problem).toList());
        return out.toString();
    }

    private static String count(PlanPreview plan) {
        PlanPreview.Files files = plan.files();
        return files.replaced().count() + " replaced, " + files.added().count() + " added (" + files.bytes()
                + " bytes), " + files.unchanged() + " unchanged, "
                + files.preserved().count() + " kept by their names";
    }

    private static String downtime(Found found) {
        if (found.stopsNobody()) {
            return "none: everything is in place already";
        }
        String stop = found.plan().stopBoundMillis() == 0
                ? ""
                : "; the agent may take up to "
                        + DurationText.of(Duration.ofMillis(found.plan().stopBoundMillis())) + " to stop";
        return found.lastDowntime().isPresent()
                ? "last time "
                        + DurationText.of(Duration.ofMillis(found.lastDowntime().getAsLong())) + stop
                : "a restart of the agent, and what it takes to place files" + stop;
    }

    private static void paths(StringBuilder out, String title, PlanPreview.Paths paths, boolean verbose) {
        int shown =
                verbose ? paths.first().size() : Math.min(SHOWN, paths.first().size());
        if (paths.count() > 0) {
            out.append('\n').append(title).append('\n');
            paths.first()
                    .subList(0, shown)
                    .forEach(path ->
                            out.append("  ").append(Printable.text(path)).append('\n'));
            if (paths.count() > shown) {
                out.append("  and ")
                        .append(paths.count() - shown)
                        .append(verbose ? " more\n" : " more; --verbose names them\n");
            }
        }
    }

    private static String problem(UpdateFailure failure) {
        return failure.fullMessage()
                + failure.code().map(code -> " [" + code.text() + "]").orElse("");
    }

    private static void section(StringBuilder out, String title, List<String> lines) {
        if (!lines.isEmpty()) {
            out.append('\n').append(title).append('\n');
            lines.forEach(each -> out.append("  ").append(Printable.text(each)).append('\n'));
        }
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(String.format(Locale.ROOT, "%-13s", name))
                .append(Printable.text(value))
                .append('\n');
    }

    /** Returns the same for programs. */
    static String json(Found found) {
        PlanPreview plan = found.plan();
        JsonMembers members = new JsonMembers()
                .add("refused", !found.problems().isEmpty())
                .add("stops_nobody", found.stopsNobody())
                .add("replaced", plan.files().replaced().count())
                .add("added", plan.files().added().count())
                .add("unchanged", plan.files().unchanged())
                .add("preserved", plan.files().preserved().count())
                .add("bytes", plan.files().bytes())
                .add(
                        "definition",
                        plan.definition().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .addTexts("services", plan.services())
                .add("stop_bound_ms", plan.stopBoundMillis());
        found.lastDowntime().ifPresent(millis -> members.add("last_downtime_ms", millis));
        members.addTexts("replaced_paths", plan.files().replaced().first())
                .addTexts("added_paths", plan.files().added().first())
                .addTexts("preserved_paths", plan.files().preserved().first())
                .addTexts(
                        "warnings",
                        plan.checks().stream()
                                .flatMap(check -> check.warnings().stream())
                                .toList());
        members.add(
                "refusals",
                new Json.Elements(found.problems().stream()
                        .<Json>map(failure -> new JsonMembers()
                                .add(
                                        "code",
                                        failure.code().map(RefusalCode::text).orElse(""))
                                .add(
                                        "message",
                                        Optional.ofNullable(failure.getMessage())
                                                .orElse(""))
                                .add("advice", failure.advice())
                                .toJson())
                        .toList()));
        return new String(JsonText.pretty(members.toJson()), StandardCharsets.UTF_8);
    }
}
