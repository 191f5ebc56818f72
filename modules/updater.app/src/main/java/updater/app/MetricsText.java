package updater.app;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.UpdateFailure;
import updater.json.Printable;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.Outcome;

/** The text of {@code updater metrics}, in the format that Prometheus' node_exporter reads from files. */
final class MetricsText {
    private static final double MILLIS = 1000;

    private final StringBuilder text = new StringBuilder();
    private final String product;

    private MetricsText(String product) {
        this.product = product;
    }

    /**
     * What is measured.
     *
     * @param guardReady whether the host would finish an update by itself; empty when that is not known
     * @param report of the last update; empty when there is none
     * @param problems what would make an update be refused
     */
    record Facts(
            String product,
            String version,
            CurrentStatus now,
            Optional<Boolean> guardReady,
            Optional<UpdateReport> report,
            List<UpdateFailure> problems) {
        Facts {
            problems = List.copyOf(problems);
        }
    }

    /** Returns the text; {@code docs/metrics.md} describes each of its metrics. */
    static String of(Facts facts) {
        MetricsText text = new MetricsText(facts.product());
        text.now(facts);
        facts.report().ifPresent(text::report);
        text.problems(facts.problems());
        return text.text.toString();
    }

    private void now(Facts facts) {
        family("host_updater_info", "The updater that is installed.");
        sample("host_updater_info", 1, "version", facts.version());
        family("host_updater_state", "What is true now: 1 for one of the states.");
        for (CurrentStatus.State state : CurrentStatus.State.values()) {
            sample("host_updater_state", flag(state == facts.now().state()), "state", lower(state));
        }
        if (facts.now().hold().known()) {
            single(
                    "host_updater_held",
                    "Whether an operator holds updates back.",
                    flag(facts.now().hold().hold().isPresent()));
        }
        if (facts.now().state() != CurrentStatus.State.UNKNOWN) {
            single(
                    "host_updater_damaged_records",
                    "Records in the state directory that cannot be read; updater doctor names them.",
                    facts.now().damaged().size());
        }
        facts.guardReady()
                .ifPresent(armed -> single(
                        "host_updater_guard_armed",
                        "Whether the host would finish an update that is interrupted.",
                        flag(armed)));
    }

    private void report(UpdateReport last) {
        family("host_updater_last_update_outcome", "How the last update ended: 1 for one of the outcomes.");
        for (Outcome outcome : Outcome.values()) {
            sample("host_updater_last_update_outcome", flag(outcome == last.outcome()), "outcome", lower(outcome));
        }
        family("host_updater_last_update_info", "What the last update was from and to, and why it was refused.");
        sample(
                "host_updater_last_update_info",
                1,
                "from",
                last.versions().from(),
                "to",
                last.versions().to(),
                "refusal_code",
                last.explanation().refusalCode());
        single(
                "host_updater_last_update_timestamp_seconds",
                "When the last update ended, in seconds since 1970.",
                last.times().finishedAt().toEpochMilli() / MILLIS);
        single(
                "host_updater_last_update_duration_seconds",
                "How long the last update took.",
                last.times().took().toMillis() / MILLIS);
        OptionalLong downtime = last.times().downtime().untilProcess();
        if (downtime.isPresent()) {
            single(
                    "host_updater_last_update_downtime_seconds",
                    "How long there was no agent.",
                    downtime.getAsLong() / MILLIS);
        }
        single(
                "host_updater_last_update_differences",
                "Paths that the last rollback could not restore.",
                last.changes().verification().differences().size());
    }

    private void problems(List<UpdateFailure> problems) {
        single(
                "host_updater_refusals",
                "Reasons for which an update would be refused now; updater doctor has them in words.",
                problems.size());
    }

    private void single(String name, String help, double value) {
        family(name, help);
        sample(name, value);
    }

    private void family(String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" gauge\n");
    }

    /** @param labels names and values, one after the other */
    private void sample(String name, double value, String... labels) {
        text.append(name).append("{product=\"").append(escaped(product)).append('"');
        for (int i = 0; i < labels.length; i += 2) {
            text.append(',')
                    .append(labels[i])
                    .append("=\"")
                    .append(escaped(labels[i + 1]))
                    .append('"');
        }
        text.append("} ").append(number(value)).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.3f", value);
    }

    private static double flag(boolean is) {
        return is ? 1 : 0;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Versions are what the status file says, which is the agent's. */
    private static String escaped(String value) {
        return Printable.text(value).replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
