package updater.app;

import java.util.List;
import java.util.Locale;
import updater.api.ServiceSpec;
import updater.app.DoctorCommand.Finding;
import updater.app.DoctorCommand.Findings;
import updater.json.Printable;
import updater.transaction.context.CheckResult;

/** What {@code doctor} found, for people. */
final class DoctorText {
    private DoctorText() {}

    /** Returns the text to print, lines separated and ended by line feeds. */
    static String of(Findings found) {
        StringBuilder out = new StringBuilder();
        fact(out, "product", found.product().name() + " (" + found.where().descriptor() + ")");
        fact(out, "home", found.where().home());
        fact(out, "state directory", found.where().state());
        fact(out, "runtime", found.where().runtime().toString());
        found.where().previous().ifPresent(version -> fact(out, "previous", PreviousText.kept(version)));
        fact(out, "service manager", found.providers().chosen().orElse("none"));
        found.providers()
                .chosen()
                .map(name -> found.product().services().get(name))
                .ifPresent(spec -> fact(out, "service", service(spec)));
        found.now().line().ifPresent(line -> fact(out, "now", line));
        found.now().agent().ifPresent(agent -> fact(out, "agent", agent.text()));
        out.append("\nservice managers\n");
        int width = found.providers().findings().stream()
                .mapToInt(finding -> finding.provider().length())
                .max()
                .orElse(0);
        for (Finding finding : found.providers().findings()) {
            boolean chosen = found.providers()
                    .chosen()
                    .filter(finding.provider()::equals)
                    .isPresent();
            out.append(chosen ? "* " : "  ")
                    .append(padded(finding.provider(), width))
                    .append("  ")
                    .append(padded(finding.detection().fit().name().toLowerCase(Locale.ROOT), 8))
                    .append("  ")
                    .append(Printable.text(finding.detection().reason()))
                    .append('\n');
        }
        if (found.providers().findings().isEmpty()) {
            out.append("  none in this runtime\n");
        }
        checks(out, found.checks());
        Sections sections = new Sections(out);
        sections.add("records", found.now().damaged());
        sections.add("releases", found.releases());
        sections.warnings(found.checks());
        sections.problems(found.problems());
        return out.toString();
    }

    private static void checks(StringBuilder out, List<CheckResult> checks) {
        if (!checks.isEmpty()) {
            out.append("\nchecks of an update\n");
        }
        int width =
                checks.stream().mapToInt(check -> check.name().length()).max().orElse(0);
        for (CheckResult check : checks) {
            String answer = check.refusal().isPresent() ? "refused" : check.asked() ? "passed" : "-";
            out.append("  ").append(padded(answer, 7)).append("  ");
            out.append(padded(check.name(), width)).append("  ").append(check.subject());
            out.append(check.asked() ? "\n" : " (nothing is staged)\n");
        }
    }

    private static String service(ServiceSpec spec) {
        return spec.name()
                + spec.installedDefinition()
                        .map(definition -> ", " + definition)
                        .orElse("");
    }

    private static void fact(StringBuilder out, String name, String value) {
        out.append(padded(name, 17)).append(Printable.text(value)).append('\n');
    }

    private static String padded(String text, int width) {
        return String.format(Locale.ROOT, "%-" + Math.max(width, 1) + "s", text);
    }
}
