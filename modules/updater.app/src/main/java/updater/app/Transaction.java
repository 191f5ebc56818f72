package updater.app;

import java.io.IOException;
import updater.state.Journal;
import updater.state.JournalRecord.Begin;
import updater.state.JournalView;

/**
 * Hold what an update and the undo of it share: the journal, open for more, what it said at its beginning, and its plan.
 *
 * @param view what was in the journal when it was last read; the plan, at least
 */
record Transaction(Journal journal, JournalView view, Begin begin) {

    /** Returns the same with everything that was marked since. */
    Transaction reread(Log log) {
        try {
            return new Transaction(journal, JournalView.read(view.file()), begin);
        } catch (IOException e) {
            log.error("could not read the journal again", e);
            return this;
        }
    }
}
