package updater.transaction.context;

import java.util.List;
import updater.state.document.UpdateReport;

/**
 * Say how an update ended; the report is made from it.
 *
 * @param kind how
 * @param reason why; empty after a plain success
 * @param advice what an operator can do; empty when there is nothing to do
 * @param proof what an undo was checked against
 * @param steps what was done of the plan
 * @param kept what an undo took away
 * @param activeAfter whether the service runs
 */
public record Outcome(
        UpdateReport.Outcome kind,
        String reason,
        String advice,
        UpdateReport.Proof proof,
        UpdateReport.StepCounts steps,
        List<UpdateReport.KeptFile> kept,
        boolean activeAfter) {
    public Outcome {
        kept = List.copyOf(kept);
    }

    public static Outcome updated(long steps) {
        return new Outcome(
                UpdateReport.Outcome.UPDATED,
                "",
                "",
                UpdateReport.Proof.NONE,
                new UpdateReport.StepCounts(steps, steps, 0, 0),
                List.of(),
                true);
    }

    /** Returns the outcome of an undo that was proven by an earlier run. */
    public static Outcome restored(String reason, long steps, boolean active) {
        return new Outcome(
                UpdateReport.Outcome.ROLLED_BACK,
                reason,
                "",
                UpdateReport.Proof.NONE,
                new UpdateReport.StepCounts(steps, 0, steps, 0),
                List.of(),
                active);
    }

    /** Returns the same with another advice. */
    public Outcome advising(String other) {
        return new Outcome(kind, reason, other, proof, steps, kept, activeAfter);
    }

    public static Outcome untouched(UpdateReport.Outcome kind, String reason, String advice) {
        return new Outcome(
                kind, reason, advice, UpdateReport.Proof.NONE, UpdateReport.StepCounts.NONE, List.of(), true);
    }
}
