package updater.state.document;

import java.time.Instant;
import java.util.OptionalLong;
import updater.api.Versions;

/**
 * One update of a host's history; {@code updater history} shows them.
 *
 * @param id names the update, as in report, journal and log
 * @param outcome how it ended
 * @param versions the version before, and that of the bundle
 * @param times when it was, and how long there was no agent
 * @param reason why it ended so; empty after a plain success
 * @param refusalCode the code of a refusal; empty for all that was not refused
 * @param trees what was to be installed, and what was taken back
 */
public record HistoryEntry(
        String id,
        UpdateReport.Outcome outcome,
        Versions versions,
        Times times,
        String reason,
        String refusalCode,
        Trees trees) {
    /**
     * The times of an update.
     *
     * @param startedAt when it began
     * @param finishedAt when it ended
     * @param downtimeMillis how long there was no agent; empty when that is not known, or the agent was not stopped
     */
    public record Times(Instant startedAt, Instant finishedAt, OptionalLong downtimeMillis) {}

    /**
     * The trees of an update, each named by its content.
     *
     * @param staged what was to be installed; empty when that is not known, or is not to be held against it
     * @param tookBack what was taken back; empty when nothing was, or that is not to be held against it
     */
    public record Trees(String staged, String tookBack) {}

    /** Returns what of a report belongs into the history. */
    public static HistoryEntry of(UpdateReport report, Trees trees) {
        UpdateReport.Times times = report.times();
        return new HistoryEntry(
                report.run().id(),
                report.outcome(),
                report.versions(),
                new Times(
                        times.startedAt(), times.finishedAt(), times.downtime().untilProcess()),
                report.reason(),
                report.explanation().refusalCode(),
                trees);
    }

    /** Returns whether what was to be installed has failed. */
    public boolean failed() {
        return outcome == UpdateReport.Outcome.ROLLED_BACK || outcome == UpdateReport.Outcome.ROLLBACK_INCOMPLETE;
    }

    /** Returns whether something is not to be installed again because of it. */
    public boolean isHeldAgainst() {
        return (failed() && !trees.staged().isEmpty()) || !trees.tookBack().isEmpty();
    }

    /** Returns the same with another reason. */
    public HistoryEntry withReason(String other) {
        return new HistoryEntry(id, outcome, versions, times, other, refusalCode, trees);
    }

    /** Returns the same, held against nothing. */
    public HistoryEntry forgiven() {
        Trees forgiven = new Trees(failed() ? "" : trees.staged(), "");
        return new HistoryEntry(id, outcome, versions, times, reason, refusalCode, forgiven);
    }
}
