package updater.state.document;

import java.time.Instant;
import java.util.OptionalLong;

/**
 * One update of a host's history; {@code updater history} shows them.
 *
 * @param id names the update, as in report, journal and log
 * @param outcome how it ended
 * @param fromVersion the version before, empty when not known
 * @param toVersion the version of the bundle, empty when not known
 * @param startedAt when it began
 * @param finishedAt when it ended
 * @param downtimeMillis how long there was no agent; empty when that is not known, or the agent was not stopped
 * @param reason why it ended so; empty after a plain success
 * @param refusalCode the code of a refusal; empty for all that was not refused
 * @param tree names what was to be installed, by its content; empty when that is not known, or is not to be held against it
 * @param tookBack names what was taken back, by its content; empty when nothing was, or that is not to be held against it
 */
public record HistoryEntry(
        String id,
        UpdateReport.Outcome outcome,
        String fromVersion,
        String toVersion,
        Instant startedAt,
        Instant finishedAt,
        OptionalLong downtimeMillis,
        String reason,
        String refusalCode,
        String tree,
        String tookBack) {

    /** Returns what of a report belongs into the history. */
    public static HistoryEntry of(UpdateReport report, String tree, String tookBack) {
        return new HistoryEntry(
                report.run().id(),
                report.outcome(),
                report.versions().from(),
                report.versions().to(),
                report.times().startedAt(),
                report.times().finishedAt(),
                report.times().downtime().untilProcess(),
                report.reason(),
                report.explanation().refusalCode(),
                tree,
                tookBack);
    }

    /** Returns whether what was to be installed has failed. */
    public boolean failed() {
        return outcome == UpdateReport.Outcome.ROLLED_BACK || outcome == UpdateReport.Outcome.ROLLBACK_INCOMPLETE;
    }

    /** Returns whether something is not to be installed again because of it. */
    public boolean isHeldAgainst() {
        return (failed() && !tree.isEmpty()) || !tookBack.isEmpty();
    }

    /** Returns the same with another reason. */
    public HistoryEntry withReason(String other) {
        return new HistoryEntry(
                id,
                outcome,
                fromVersion,
                toVersion,
                startedAt,
                finishedAt,
                downtimeMillis,
                other,
                refusalCode,
                tree,
                tookBack);
    }

    /** Returns the same, held against nothing. */
    public HistoryEntry forgiven() {
        return new HistoryEntry(
                id,
                outcome,
                fromVersion,
                toVersion,
                startedAt,
                finishedAt,
                downtimeMillis,
                reason,
                refusalCode,
                failed() ? "" : tree,
                "");
    }
}
