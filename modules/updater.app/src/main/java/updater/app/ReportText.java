package updater.app;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import updater.app.host.DurationText;
import updater.json.Printable;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;
import updater.state.document.UpdateReport.Verification;

/** A report as text for people. Every value is made printable: agents and owners of home have written some of them. */
final class ReportText {
    private static final int FACT_WIDTH = 12;
    private static final int LISTED = 10;
    private static final String ELSEWHERE = "elsewhere";

    private final StringBuilder out = new StringBuilder();
    private final UpdateReport report;
    private final boolean verbose;

    private ReportText(UpdateReport report, boolean verbose) {
        this.report = report;
        this.verbose = verbose;
    }

    /**
     * Returns the text, its lines ended by line feeds.
     *
     * @param verbose whether lists are complete, and it is shown where the time went
     */
    static String of(UpdateReport report, boolean verbose) {
        ReportText text = new ReportText(report, verbose);
        text.facts();
        text.phases();
        text.list("the new agent's last output", report.changes().service().output());
        text.list(
                "differences to what was there before",
                report.changes().verification().differences());
        text.list(
                "kept files",
                report.changes().kept().stream().map(ReportText::kept).toList());
        text.list("warnings", report.warnings());
        if (verbose) {
            text.list(
                    "changed by the agent since it runs again",
                    report.changes().verification().changedSince());
        }
        return text.out.toString();
    }

    private void facts() {
        fact("outcome", words(report) + (report.run().recovered() ? ", by a recovery" : ""));
        fact("code", report.explanation().refusalCode());
        fact("product", report.run().product() + versions());
        fact("release", release());
        fact("started", seconds(report.times().startedAt()));
        fact(
                "finished",
                seconds(report.times().finishedAt()) + ", after "
                        + DurationText.of(report.times().took()));
        fact("downtime", downtime());
        fact("reason", report.reason());
        fact("advice", report.explanation().advice());
        fact("files", files(report.changes().files()));
        fact("steps", steps(report.changes().steps()));
        fact("service", service(report.changes().service()) + stoppedBefore());
        fact("verified", verification(report.changes().verification()));
        fact("log", report.run().logPath());
        if (verbose) {
            fact("updater", report.run().updaterVersion());
            fact("update", report.run().id());
        }
    }

    private String downtime() {
        UpdateReport.Downtime downtime = report.times().downtime();
        if (downtime.untilProcess().isPresent()) {
            return millis(downtime.untilProcess())
                    + (downtime.untilHealthy().isPresent() ? ", healthy after " + millis(downtime.untilHealthy()) : "")
                    + (downtime.startUp().isPresent() ? ", of these " + millis(downtime.startUp()) + " start-up" : "");
        }
        return switch (report.outcome()) {
            case UNCHANGED, REFUSED, ABORTED -> "none";
            case UPDATED, ROLLED_BACK, ROLLBACK_INCOMPLETE, SUPERSEDED -> "not known";
        };
    }

    private static String millis(OptionalLong milliseconds) {
        return DurationText.of(Duration.ofMillis(milliseconds.orElse(0)));
    }

    private static String words(UpdateReport report) {
        return switch (report.outcome()) {
            case UPDATED -> "updated";
            case UNCHANGED ->
                report.changes().files().stayed() == 0
                        ? "unchanged: this version was in place already"
                        : "unchanged: nothing was to be replaced, but not all is as this version ships it";
            case ROLLED_BACK -> "failed, rolled back";
            case ROLLBACK_INCOMPLETE -> "failed, ROLLBACK INCOMPLETE";
            case REFUSED -> "refused, nothing changed";
            case ABORTED -> "aborted before the agent was stopped, nothing changed";
            case SUPERSEDED -> "superseded by another installation, which was left alone";
        };
    }

    private String versions() {
        if (report.versions().from().isEmpty() && report.versions().to().isEmpty()) {
            return "";
        }
        return ", from " + orUnknown(report.versions().from()) + " to "
                + orUnknown(report.versions().to());
    }

    private String release() {
        return report.release()
                .map(release ->
                        release.version() + ", counter " + release.counter() + ", signed with the key " + release.key())
                .orElse(report.outcome() == Outcome.REFUSED ? "" : "nobody vouched for it");
    }

    private static String orUnknown(String version) {
        return version.isEmpty() ? "an unknown version" : version;
    }

    private static String files(FileCounts files) {
        return files.equals(FileCounts.NONE)
                ? ""
                : files.replaced() + " replaced, " + files.added() + " added (" + bytes(files.bytes()) + "), "
                        + files.unchanged() + " unchanged, " + files.preserved() + " preserved"
                        + counted(files.removed(), "removed") + counted(files.stayed(), "left as changed here");
    }

    private static String counted(long count, String what) {
        return count == 0 ? "" : ", " + count + " " + what;
    }

    private static String bytes(long bytes) {
        if (bytes < 10_000) {
            return bytes + " bytes";
        }
        return bytes < 10_000_000
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024.0));
    }

    private static String steps(StepCounts steps) {
        if (steps.equals(StepCounts.NONE)) {
            return "";
        }
        List<String> parts = new ArrayList<>(List.of(steps.planned() + " planned", steps.done() + " done"));
        if (steps.undone() > 0) {
            parts.add(steps.undone() + " undone");
        }
        if (steps.failedToUndo() > 0) {
            parts.add(steps.failedToUndo() + " FAILED TO UNDO");
        }
        return String.join(", ", parts);
    }

    private static String service(ServiceChange service) {
        if (service.name().isEmpty()) {
            return "";
        }
        return service.name() + " (" + service.manager() + "): "
                + change(activity(service.activeBefore()), activity(service.activeAfter())) + "; "
                + change(service.enablementBefore(), service.enablementAfter()) + "; at the end of that update";
    }

    /** Else whoever finds the agent down later looks for the fault in the update. */
    private String stoppedBefore() {
        ServiceChange service = report.changes().service();
        return report.outcome() == Outcome.UPDATED
                        && !service.name().isEmpty()
                        && !service.activeBefore()
                        && !service.activeAfter()
                ? "; it was stopped before the update, and stays so"
                : "";
    }

    private static String activity(boolean active) {
        return active ? "active" : "inactive";
    }

    /** How things are now, the service manager is asked for. */
    private static String change(String before, String after) {
        return before.equals(after) ? before : before + " before, " + after + " after";
    }

    private static String verification(Verification verification) {
        if (verification.compared() == 0) {
            return "";
        }
        String found = verification.differences().isEmpty()
                ? "all as before"
                : verification.differences().size() + " DIFFER";
        return verification.compared() + " paths compared, " + verification.byContent() + " by content, "
                + verification.byIdentity() + " by identity: " + found;
    }

    private static String kept(KeptFile file) {
        return file.path() + ": " + file.why() + (file.where().isEmpty() ? ", not kept" : ", now " + file.where());
    }

    private void phases() {
        if (report.times().phases().isEmpty()) {
            return;
        }
        int longest = report.times().phases().stream()
                .mapToInt(phase -> Printable.text(phase.name()).length())
                .max()
                .orElse(0);
        int width = Math.max(longest, ELSEWHERE.length());
        out.append("\nphases\n");
        Duration total = report.times().took();
        Duration counted = Duration.ZERO;
        for (PhaseTime phase : report.times().phases()) {
            counted = counted.plus(phase.took());
            String label = "  " + padded(Printable.text(phase.name()), width);
            if (verbose) {
                Duration begun = Duration.between(report.times().startedAt(), phase.startedAt());
                out.append(label).append(timing(phase.took(), total));
                out.append(String.format(Locale.ROOT, "  at %+.3f s\n", begun.toNanos() / 1e9));
            } else {
                out.append(label).append(String.format(Locale.ROOT, "%10s\n", DurationText.of(phase.took())));
            }
        }
        Duration elsewhere = total.minus(counted);
        if (verbose && !elsewhere.isNegative()) {
            out.append("  ")
                    .append(padded(ELSEWHERE, width))
                    .append(timing(elsewhere, total))
                    .append('\n');
        }
    }

    private static String timing(Duration took, Duration total) {
        return String.format(Locale.ROOT, "%12.3f ms %4.0f %%", took.toNanos() / 1e6, share(took, total));
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static double share(Duration part, Duration whole) {
        return whole.isPositive() ? 100.0 * part.toNanos() / whole.toNanos() : 0;
    }

    private void list(String title, List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        out.append('\n').append(title).append('\n');
        int shown = verbose ? lines.size() : Math.min(lines.size(), LISTED);
        for (String line : lines.subList(0, shown)) {
            out.append("  ").append(Printable.text(line)).append('\n');
        }
        if (shown < lines.size()) {
            out.append("  and ").append(lines.size() - shown).append(" more: see 'updater status --verbose'\n");
        }
    }

    private void fact(String name, String value) {
        if (!value.isEmpty()) {
            out.append(String.format(Locale.ROOT, "%-" + FACT_WIDTH + "s %s\n", name, Printable.text(value)));
        }
    }

    private static String seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
