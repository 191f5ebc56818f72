package updater.app;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Console;
import updater.state.document.UpdateReport;
import updater.transaction.context.UpdateResult;

/**
 * What an operator reads of an update that has not ended with 0.
 *
 * @param happened what happened, with the code of a refusal
 * @param now what is true of the host now; empty where that is the whole message
 * @param advice what to do, with one command to type at least
 */
record FailureMessage(String happened, String now, String advice) {
    static final String UNTOUCHED = "Nothing was changed, and the agent was not stopped";

    /** A command in quotes, as it is typed. */
    private static final Pattern COMMAND = Pattern.compile("'(?:(?:/[^' ]*/)?updater [^']+|[a-z][a-z0-9-]* [^']+)'");

    /**
     * Returns that of a failure before the stop.
     *
     * @param checks the command that runs the same checks again, as it is typed: of what is staged, or of a bundle, of which
     *     nothing is left staged
     */
    static FailureMessage of(UpdateFailure failure, String checks) {
        RefusalCode code = failure.code().orElse(RefusalCode.INTERNAL_ERROR);
        String shown = failure.code().map(known -> " [" + known.text() + "]").orElse("");
        return new FailureMessage(
                failure.getMessage() + shown,
                code == RefusalCode.EARLIER_UPDATE_ENDED ? "" : UNTOUCHED,
                typed(failure.advice(), "'" + checks + "' runs the same checks again"));
    }

    /** Returns that of an update or a recovery that has ended. */
    static FailureMessage of(UpdateResult result, HomeLayout layout) {
        String now = switch (result.kind()) {
            case UPDATED, UNCHANGED -> "";
            case ROLLED_BACK ->
                "Every file, the definition and the service are as they were"
                        + (result.activeAfter() ? ", and the old version runs" : "");
            case ROLLBACK_INCOMPLETE ->
                result.steps().equals(UpdateReport.StepCounts.NONE)
                        ? "Nothing was brought back: home may hold files of two versions"
                        : "What could not be brought back is named, and the rest is as it was";
            case REFUSED, ABORTED -> UNTOUCHED;
            case SUPERSEDED -> "What is installed now was left alone";
        };
        return new FailureMessage(
                result.reason(),
                now,
                typed(result.advice(), "'" + layout.stateLauncher() + " status --verbose' says more"));
    }

    private static String typed(String advice, String otherwise) {
        if (COMMAND.matcher(advice).find()) {
            return advice;
        }
        return advice.isEmpty() ? otherwise : advice + ". " + otherwise;
    }

    void print(Console console) {
        List<String> lines = new ArrayList<>();
        if (!now.isEmpty()) {
            lines.add(now);
        }
        lines.add(advice);
        console.failure(happened, lines);
    }
}
