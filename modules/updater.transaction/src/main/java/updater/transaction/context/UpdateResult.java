package updater.transaction.context;

import java.util.List;
import updater.state.document.UpdateReport;

/**
 * The end of an update; the report is made from it.
 *
 * @param kind how
 * @param reason why; empty after a plain success
 * @param advice what an operator can do; empty when there is nothing to do
 * @param steps what was done of the plan
 * @param activeAfter whether the service runs
 * @param rollback what a rollback found; nothing where there was none
 */
public record UpdateResult(
        UpdateReport.Outcome kind,
        String reason,
        String advice,
        UpdateReport.StepCounts steps,
        boolean activeAfter,
        RollbackFindings rollback) {
    /**
     * What a rollback found.
     *
     * @param verification what its verification compared
     * @param kept what it took away
     * @param output the last lines that the new agent wrote; empty where they are not known
     */
    public record RollbackFindings(
            UpdateReport.Verification verification, List<UpdateReport.KeptFile> kept, List<String> output) {
        /** Nothing was rolled back. */
        public static final RollbackFindings NONE =
                new RollbackFindings(UpdateReport.Verification.NONE, List.of(), List.of());

        public RollbackFindings {
            kept = List.copyOf(kept);
            output = List.copyOf(output);
        }
    }

    /** Returns the result of an update that was committed.
     *
     * @param active whether the agent runs: one that did not before need not be started
     */
    public static UpdateResult updated(long steps, boolean active) {
        UpdateReport.StepCounts counts = new UpdateReport.StepCounts(steps, steps, 0, 0);
        return new UpdateResult(UpdateReport.Outcome.UPDATED, "", "", counts, active, RollbackFindings.NONE);
    }

    /** Returns the result of a rollback that was verified by an earlier run. */
    public static UpdateResult restored(String reason, long steps, boolean active) {
        UpdateReport.StepCounts counts = new UpdateReport.StepCounts(steps, 0, steps, 0);
        return new UpdateResult(UpdateReport.Outcome.ROLLED_BACK, reason, "", counts, active, RollbackFindings.NONE);
    }

    /** Returns the result of an update that is closed because another installation has taken the place of its own. */
    public static UpdateResult superseded(String reason, String advice, boolean active) {
        return new UpdateResult(
                UpdateReport.Outcome.SUPERSEDED,
                reason,
                advice,
                UpdateReport.StepCounts.NONE,
                active,
                RollbackFindings.NONE);
    }

    /** Returns the result of an update that did nothing to an agent which runs. */
    public static UpdateResult untouched(UpdateReport.Outcome kind, String reason, String advice) {
        return new UpdateResult(kind, reason, advice, UpdateReport.StepCounts.NONE, true, RollbackFindings.NONE);
    }

    /** Returns the same with the last lines that the new agent wrote. */
    public UpdateResult hearing(List<String> lines) {
        return new UpdateResult(
                kind,
                reason,
                advice,
                steps,
                activeAfter,
                new RollbackFindings(rollback.verification(), rollback.kept(), lines));
    }

    /** Returns the same with another advice. */
    public UpdateResult advising(String other) {
        return new UpdateResult(kind, reason, other, steps, activeAfter, rollback);
    }
}
