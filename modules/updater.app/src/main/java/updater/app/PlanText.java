package updater.app;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.UpdateFailure;
import updater.app.host.DurationText;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonText;
import updater.json.Printable;
import updater.transaction.context.CheckResult;
import updater.transaction.context.PlanPreview;

/** What {@code plan} prints. */
final class PlanText {
    private static final int SHOWN = 10;

    private PlanText() {}

    /**
     * Everything there is to print.
     *
     * @param lastDowntime of the last update here that was stopped for; empty when there was none
     * @param version that the bundle has; empty for what is staged, and where it is not known
     * @param agent what to know of an agent that does not run; empty for one that does
     * @param untold what only the update itself can tell
     */
    record Found(
            PlanPreview plan,
            List<UpdateFailure> problems,
            OptionalLong lastDowntime,
            boolean stopsNobody,
            Optional<String> version,
            Optional<String> agent,
            List<String> untold) {
        Found {
            problems = List.copyOf(problems);
            untold = List.copyOf(untold);
        }

        /** Returns whether there was a tree to look at. */
        boolean known() {
            return plan.checks().stream().allMatch(CheckResult::asked);
        }

        /** Returns how an update would end that is refused; otherwise 0. */
        ExitCode exit() {
            return problems.stream().findFirst().map(ExitCode::of).orElse(ExitCode.DONE);
        }
    }

    static String text(Found found, boolean verbose) {
        PlanPreview plan = found.plan();
        StringBuilder out = new StringBuilder();
        found.version().ifPresent(version -> line(out, "version", version));
        if (found.known()) {
            line(out, "files", count(plan));
            line(out, "definition", definition(plan));
            line(out, "downtime", downtime(found));
        } else {
            line(out, "files", "not known: there is nothing to look at");
        }
        line(out, "stopped", plan.services().isEmpty() ? "not known" : String.join(", ", plan.services()));
        found.agent().ifPresent(agent -> line(out, "agent", agent));
        paths(out, "replaced", plan.files().replaced(), verbose);
        paths(out, "added", plan.files().added(), verbose);
        paths(out, "removed", plan.files().removed(), verbose);
        paths(out, "kept as they are, by their names", plan.files().preserved(), verbose);
        paths(out, "left as changed here", plan.files().stayed(), verbose);
        Sections sections = new Sections(out);
        sections.warnings(plan.checks());
        sections.problems(found.problems());
        sections.add("only the update itself can tell", found.untold());
        return out.toString();
    }

    private static String definition(PlanPreview plan) {
        return switch (plan.definition()) {
            case UNCHANGED -> "unchanged";
            case BEFORE_THE_STOP -> "replaced while the agent runs";
            case WHILE_STOPPED -> "replaced while the agent is stopped, for it changes how the agent is stopped";
        };
    }

    private static String count(PlanPreview plan) {
        PlanPreview.Files files = plan.files();
        return files.replaced().count() + " replaced, " + files.added().count() + " added (" + files.bytes()
                + " bytes), " + files.unchanged() + " unchanged, "
                + files.preserved().count() + " kept by their names"
                + counted(files.removed().count(), "removed")
                + counted(files.stayed().count(), "left as changed here");
    }

    private static String counted(long count, String what) {
        return count == 0 ? "" : ", " + count + " " + what;
    }

    private static String downtime(Found found) {
        if (found.stopsNobody()) {
            return found.plan().files().stayed().count() == 0
                    ? "none: everything is in place already"
                    : "none: nothing is to be replaced";
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

    private static void line(StringBuilder out, String name, String value) {
        out.append(String.format(Locale.ROOT, "%-13s", name))
                .append(Printable.text(value))
                .append('\n');
    }

    /** Returns the same for programs. Nothing is said of files where there was nothing to look at. */
    static String json(Found found) {
        PlanPreview plan = found.plan();
        JsonMembers members = new JsonMembers()
                .add("refused", !found.problems().isEmpty())
                .add("exit", found.exit().number());
        found.version().ifPresent(version -> members.add("version", version));
        found.agent().ifPresent(agent -> members.add("agent", agent));
        if (found.known()) {
            files(members, plan.files());
            members.add("stops_nobody", found.stopsNobody())
                    .add(
                            "definition",
                            plan.definition().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        members.addTexts("services", plan.services()).add("stop_bound_ms", plan.stopBoundMillis());
        found.lastDowntime().ifPresent(millis -> members.add("last_downtime_ms", millis));
        members.addTexts(
                        "warnings",
                        plan.checks().stream()
                                .flatMap(check -> check.warnings().stream())
                                .toList())
                .add(
                        "refusals",
                        new Json.Elements(found.problems().stream()
                                .<Json>map(failure -> Answer.member(failure).toJson())
                                .toList()))
                .addTexts("only_the_update_tells", found.untold());
        return new String(JsonText.pretty(members.toJson()), StandardCharsets.UTF_8);
    }

    private static void files(JsonMembers members, PlanPreview.Files files) {
        members.add("replaced", files.replaced().count())
                .add("added", files.added().count())
                .add("removed", files.removed().count())
                .add("unchanged", files.unchanged())
                .add("preserved", files.preserved().count())
                .add("stayed", files.stayed().count())
                .add("bytes", files.bytes())
                .addTexts("replaced_paths", files.replaced().first())
                .addTexts("added_paths", files.added().first())
                .addTexts("removed_paths", files.removed().first())
                .addTexts("preserved_paths", files.preserved().first())
                .addTexts("stayed_paths", files.stayed().first());
    }
}
