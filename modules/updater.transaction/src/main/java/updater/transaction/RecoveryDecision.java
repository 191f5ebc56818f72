package updater.transaction;

import static updater.transaction.RecoveryDecision.Observation.ANY;
import static updater.transaction.RecoveryDecision.Observation.NO;
import static updater.transaction.RecoveryDecision.Observation.YES;

import java.util.List;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;

/**
 * What a recovery does about the update it found: a pure function of what the journal says and of what was observed on the
 * host. {@code docs/transactions.md} prints {@link #TABLE} and argues every row.
 */
enum RecoveryDecision {
    /** Remove what was prepared; leave the service alone. */
    ABORT,
    /** Record the commit, and finish cleaning up. */
    COMMIT,
    /** Roll back, or carry on with it. */
    ROLL_BACK,
    /** Record the verification once more, and finish cleaning up. */
    FINISH_ROLLBACK,
    /** Close the journal, and leave alone what is in home. */
    SUPERSEDE;

    /** How far the journal says that the update came; the later constant outweighs the earlier one. */
    enum JournalState {
        PREPARED,
        STOP_REQUESTED,
        START_REQUESTED,
        COMMITTED,
        ROLLING_BACK,
        VERIFIED;

        static JournalState of(JournalView journal) {
            if (journal.begin().isEmpty() || !journal.hasReached(Phase.STOP_REQUESTED)) {
                return PREPARED;
            }
            if (journal.hasReached(Phase.VERIFIED)) {
                return VERIFIED;
            }
            if (journal.rollbackHasBegun()) {
                return ROLLING_BACK;
            }
            if (journal.hasReached(Phase.COMMITTED)) {
                return COMMITTED;
            }
            return journal.hasReached(Phase.START_REQUESTED) ? START_REQUESTED : STOP_REQUESTED;
        }
    }

    /** What a row of the table asks of one observation. */
    enum Observation {
        YES,
        NO,
        ANY;

        private boolean accepts(boolean observed) {
            return this == ANY || (this == YES) == observed;
        }
    }

    /**
     * What was observed on the host.
     *
     * @param superseded whether home is another installation than the one that was updated
     * @param installed whether the status file has turned to Installed since the stop
     * @param traces whether a rollback had begun whose record is lost
     * @param alive whether the service runs, or the host has booted since
     */
    record Observed(boolean superseded, boolean installed, boolean traces, boolean alive) {
        /** Nothing was looked at, for no row asks for it. */
        static final Observed NOTHING = new Observed(false, false, false, false);

        static final Observed SUPERSEDED = new Observed(true, false, false, false);
    }

    /** One row; the first that matches decides. */
    record Row(
            JournalState journal,
            Observation superseded,
            Observation installed,
            Observation traces,
            Observation alive,
            RecoveryDecision decision) {
        private boolean matches(JournalState reached, Observed observed) {
            return journal == reached
                    && superseded.accepts(observed.superseded())
                    && installed.accepts(observed.installed())
                    && traces.accepts(observed.traces())
                    && alive.accepts(observed.alive());
        }
    }

    static final List<Row> TABLE = List.of(
            new Row(JournalState.PREPARED, ANY, ANY, ANY, ANY, ABORT),
            new Row(JournalState.STOP_REQUESTED, YES, ANY, ANY, ANY, SUPERSEDE),
            new Row(JournalState.STOP_REQUESTED, ANY, ANY, ANY, ANY, ROLL_BACK),
            new Row(JournalState.START_REQUESTED, YES, ANY, ANY, ANY, SUPERSEDE),
            new Row(JournalState.START_REQUESTED, NO, YES, NO, YES, COMMIT),
            new Row(JournalState.START_REQUESTED, ANY, ANY, ANY, ANY, ROLL_BACK),
            new Row(JournalState.COMMITTED, ANY, ANY, ANY, ANY, COMMIT),
            new Row(JournalState.ROLLING_BACK, YES, ANY, ANY, ANY, SUPERSEDE),
            new Row(JournalState.ROLLING_BACK, ANY, ANY, ANY, ANY, ROLL_BACK),
            new Row(JournalState.VERIFIED, ANY, ANY, ANY, ANY, FINISH_ROLLBACK));

    static RecoveryDecision of(JournalState journal, Observed observed) {
        return row(journal, observed).decision();
    }

    /** Returns the row that decides. */
    static Row row(JournalState journal, Observed observed) {
        return TABLE.stream()
                .filter(row -> row.matches(journal, observed))
                .findFirst()
                .orElseThrow();
    }
}
