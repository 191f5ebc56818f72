package updater.app;

import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.fs.Disk;
import updater.json.JsonMembers;
import updater.json.Printable;
import updater.state.document.PreviousVersion;
import updater.transaction.backup.PreviousTree;

/** What is said of the version that can be gone back to. */
final class PreviousText {
    private PreviousText() {}

    /** Returns the version that can be gone back to; empty where there is none, or the state directory is not to be read. */
    static Optional<PreviousVersion> of(Disk disk, HomeLayout layout) {
        try {
            return PreviousTree.read(disk, layout).filter(PreviousVersion::whole);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the same for programs. */
    static JsonMembers json(PreviousVersion version) {
        return new JsonMembers()
                .add("version", version.version())
                .add("replaced_at", version.since().toString())
                .add("files", version.kept().files())
                .add("bytes", version.kept().bytes());
    }

    /** Returns what an update back to it is going to do, in one line. */
    static String coming(PreviousVersion previous) {
        String now = previous.replacedBy().isEmpty() ? "the installed version" : "version " + previous.replacedBy();
        return Printable.text(
                "going back to " + previous.named() + ": what " + now + " brought goes, what it wrote since stays");
    }

    /** Returns what is kept of it, in one line. */
    static String kept(PreviousVersion previous) {
        return Printable.text(previous.named() + ", replaced "
                + previous.since().truncatedTo(ChronoUnit.SECONDS) + ", "
                + previous.kept().files() + " files, "
                + previous.kept().bytes() + " bytes; 'updater rollback' goes back to it");
    }
}
