package updater.transaction.context;

import java.util.List;
import updater.state.document.UpdateReport;

/**
 * The end of an update; the report is made from it.
 *
 * @param kind how
 * @param reason why; empty after a plain success
 * @param advice what an operator can do; empty when there is nothing to do
 * @param verification what the verification of a rollback compared
 * @param steps what was done of the plan
 * @param kept what a rollback took away
 * @param activeAfter whether the service runs
 * @param output the last lines that a new agent wrote which was rolled back; empty where they are not known
 */
public record UpdateResult(
        UpdateReport.Outcome kind,
        String reason,
        String advice,
        UpdateReport.Verification verification,
        UpdateReport.StepCounts steps,
        List<UpdateReport.KeptFile> kept,
        boolean activeAfter,
        List<String> output) {
    public UpdateResult {
        kept = List.copyOf(kept);
        output = List.copyOf(output);
    }

    /** Makes one of an update of whose new agent nothing was heard. */
    public UpdateResult(
            UpdateReport.Outcome kind,
            String reason,
            String advice,
            UpdateReport.Verification verification,
            UpdateReport.StepCounts steps,
            List<UpdateReport.KeptFile> kept,
            boolean activeAfter) {
        this(kind, reason, advice, verification, steps, kept, activeAfter, List.of());
    }

    /** Returns the same with the last lines that the new agent wrote. */
    public UpdateResult hearing(List<String> lines) {
        return new UpdateResult(kind, reason, advice, verification, steps, kept, activeAfter, lines);
    }

    /** Returns the result of an update that was committed.
     *
     * @param active whether the agent runs: one that did not before need not be started
     */
    public static UpdateResult updated(long steps, boolean active) {
        return new UpdateResult(
                UpdateReport.Outcome.UPDATED,
                "",
                "",
                UpdateReport.Verification.NONE,
                new UpdateReport.StepCounts(steps, steps, 0, 0),
                List.of(),
                active);
    }

    /** Returns the result of a rollback that was verified by an earlier run. */
    public static UpdateResult restored(String reason, long steps, boolean active) {
        return new UpdateResult(
                UpdateReport.Outcome.ROLLED_BACK,
                reason,
                "",
                UpdateReport.Verification.NONE,
                new UpdateReport.StepCounts(steps, 0, steps, 0),
                List.of(),
                active);
    }

    /** Returns the result of an update that is closed because another installation has taken the place of its own. */
    public static UpdateResult superseded(String reason, String advice, boolean active) {
        return new UpdateResult(
                UpdateReport.Outcome.SUPERSEDED,
                reason,
                advice,
                UpdateReport.Verification.NONE,
                UpdateReport.StepCounts.NONE,
                List.of(),
                active);
    }

    /** Returns the same with another advice. */
    public UpdateResult advising(String other) {
        return new UpdateResult(kind, reason, other, verification, steps, kept, activeAfter, output);
    }

    public static UpdateResult untouched(UpdateReport.Outcome kind, String reason, String advice) {
        return new UpdateResult(
                kind, reason, advice, UpdateReport.Verification.NONE, UpdateReport.StepCounts.NONE, List.of(), true);
    }
}
