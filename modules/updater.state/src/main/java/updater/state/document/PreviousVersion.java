package updater.state.document;

import static updater.state.document.JsonForm.BOOL;
import static updater.state.document.JsonForm.INSTANT;
import static updater.state.document.JsonForm.NUMBER;
import static updater.state.document.JsonForm.TEXT;
import static updater.state.document.RecordForm.field;
import static updater.state.document.RecordForm.lenient;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import updater.api.Versions;

/**
 * What is known of the version that the last update replaced, and that can be gone back to.
 *
 * @param update names the update that replaced it, as in its report
 * @param version the version that was replaced; empty when not known
 * @param replacedBy the version that replaced it; empty when not known
 * @param replacedByTree names what replaced it by its content; empty when not known
 * @param since when it was replaced
 * @param kept what is kept of it
 */
public record PreviousVersion(
        String update, String version, String replacedBy, String replacedByTree, Instant since, Kept kept) {
    /**
     * What is kept of a version.
     *
     * @param inode of the directory that holds it: no other is believed to. Its device may have another number once the
     *     host has booted
     * @param files how many files are kept
     * @param bytes their sizes, added up
     * @param whole whether all of it has been kept; half of it is of no use
     */
    public record Kept(long inode, long files, long bytes, boolean whole) {}

    private static final JsonForm<PreviousVersion> FORM = lenient(
            v -> new PreviousVersion(
                    v.next(), v.next(), v.next(), v.next(), v.next(), new Kept(v.next(), v.next(), v.next(), v.next())),
            field("update", TEXT, PreviousVersion::update),
            field("version", TEXT, PreviousVersion::version),
            field("replaced_by", TEXT, PreviousVersion::replacedBy),
            field("replaced_by_tree", TEXT, PreviousVersion::replacedByTree),
            field("since", INSTANT, PreviousVersion::since),
            field("inode", NUMBER, previous -> previous.kept().inode()),
            field("files", NUMBER, previous -> previous.kept().files()),
            field("bytes", NUMBER, previous -> previous.kept().bytes()),
            field("whole", BOOL, PreviousVersion::whole));

    /** Returns the version that an update replaces, nothing of which is kept yet. */
    public static PreviousVersion begin(
            String update, Versions versions, String replacedByTree, Instant since, long inode) {
        return new PreviousVersion(
                update, versions.from(), versions.to(), replacedByTree, since, new Kept(inode, 0, 0, false));
    }

    /** Returns whether all of it has been kept. */
    public boolean whole() {
        return kept.whole();
    }

    /** Returns until when it is kept. */
    public Instant until(int days) {
        return since.plus(Duration.ofDays(days));
    }

    /** Returns its version in words. */
    public String named() {
        return version.isEmpty() ? "the previous version" : "version " + version;
    }

    /** Returns the same, kept as a whole. */
    public PreviousVersion kept(long files, long bytes) {
        return new PreviousVersion(
                update, version, replacedBy, replacedByTree, since, new Kept(kept.inode(), files, bytes, true));
    }

    /** Returns it as it is stored. */
    public byte[] json() {
        return FORM.stored(this);
    }

    /** Returns what is stored; empty when it cannot be read. */
    public static Optional<PreviousVersion> read(byte[] json) {
        return FORM.ofStored(json);
    }
}
