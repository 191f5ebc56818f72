package updater.transaction.context;

import java.io.IOException;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;

/**
 * The journal of one update, open for more records: what an update and its rollback share.
 *
 * @param view what was in the journal when it was last read; the plan, at least
 * @param doubtful whether more may be in the journal than {@code view} shows
 */
public record OpenJournal(Journal journal, JournalView view, Begin begin, boolean doubtful) {

    public OpenJournal(Journal journal, JournalView view, Begin begin) {
        this(journal, view, begin, false);
    }

    /**
     * Returns the same with everything that was recorded since, and a journal that can be added to even when an earlier
     * failure to force it has spoilt this one.
     */
    public OpenJournal reread(UpdateContext context, EventLog log) {
        try {
            JournalView now = JournalView.read(view.file(), context.logs());
            return new OpenJournal(Journal.resume(now, context.clock(), context.logs()), now, begin, false);
        } catch (IOException e) {
            log.error("could not read the journal again", e);
            return new OpenJournal(journal, view, begin, true);
        }
    }

    /** Records a phase, durably; see {@link Journal#reached}. */
    public void reached(Phase phase, String detail) throws IOException {
        journal.reached(phase, detail);
    }

    /** Returns whether home may have been changed, or a definition that comes behind the stop. */
    public boolean touched() {
        return doubtful || view.hasReached(Phase.BACKED_UP);
    }

    /** Returns whether the service manager may have been asked to stop the old agent, whose stop was requested. */
    public boolean stopDispatched() {
        return !view.definitionFirst() || view.hasReached(Phase.DEFINITION_LOADED) || touched();
    }

    /**
     * Returns whether a recovery may find the update committed: then nothing may be undone before a rollback is recorded, once
     * more where the journal shows a record, for that may never have been forced.
     */
    public boolean mayBeCommitted() {
        return view.hasReached(Phase.COMMITTED) || (doubtful && journal.mayHold(Phase.COMMITTED));
    }
}
