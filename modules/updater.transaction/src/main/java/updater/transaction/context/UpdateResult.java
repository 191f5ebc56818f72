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
 */
public record UpdateResult(
        UpdateReport.Outcome kind,
        String reason,
        String advice,
        UpdateReport.Verification verification,
        UpdateReport.StepCounts steps,
        List<UpdateReport.KeptFile> kept,
        boolean activeAfter) {
    public UpdateResult {
        kept = List.copyOf(kept);
    }

    public static UpdateResult updated(long steps) {
        return new UpdateResult(
                UpdateReport.Outcome.UPDATED,
                "",
                "",
                UpdateReport.Verification.NONE,
                new UpdateReport.StepCounts(steps, steps, 0, 0),
                List.of(),
                true);
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

    /** Returns the same with another advice. */
    public UpdateResult advising(String other) {
        return new UpdateResult(kind, reason, other, verification, steps, kept, activeAfter);
    }

    public static UpdateResult untouched(UpdateReport.Outcome kind, String reason, String advice) {
        return new UpdateResult(
                kind, reason, advice, UpdateReport.Verification.NONE, UpdateReport.StepCounts.NONE, List.of(), true);
    }
}
