package updater.app;

import java.time.temporal.ChronoUnit;
import updater.json.Printable;
import updater.state.document.PreviousVersion;

/** What is said of the version that can be gone back to. */
final class PreviousText {
    private PreviousText() {}

    /** Returns what an update back to it is going to do, in one line. */
    static String coming(PreviousVersion previous) {
        String now = previous.replacedBy().isEmpty() ? "the installed version" : "version " + previous.replacedBy();
        return Printable.text(
                "going back to " + previous.named() + ": what " + now + " brought goes, what it wrote since stays");
    }

    /** Returns what is kept of it, in one line. */
    static String kept(PreviousVersion previous) {
        return Printable.text(previous.named() + ", replaced "
                + previous.since().truncatedTo(ChronoUnit.SECONDS) + ", " + previous.files() + " files, "
                + previous.bytes() + " bytes; 'updater rollback' goes back to it");
    }
}
