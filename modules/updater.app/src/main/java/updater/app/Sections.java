package updater.app;

import java.util.List;
import updater.api.UpdateFailure;
import updater.json.Printable;
import updater.transaction.context.CheckResult;

/** The lists that a look at a host prints behind its facts, each below a title; an empty one is not printed. */
record Sections(StringBuilder out) {
    void add(String title, List<String> lines) {
        if (!lines.isEmpty()) {
            out.append('\n').append(title).append('\n');
            lines.forEach(line -> out.append("  ").append(Printable.text(line)).append('\n'));
        }
    }

    /** Adds what checks warn of. */
    void warnings(List<CheckResult> checks) {
        add(
                "warnings",
                checks.stream().flatMap(check -> check.warnings().stream()).toList());
    }

    /** Adds what would make an update be refused. */
    void problems(List<UpdateFailure> problems) {
        add("an update would be refused", problems.stream().map(Sections::text).toList());
    }

    private static String text(UpdateFailure failure) {
        return failure.fullMessage()
                + failure.code().map(code -> " [" + code.text() + "]").orElse("");
    }
}
