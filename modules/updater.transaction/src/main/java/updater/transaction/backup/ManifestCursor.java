package updater.transaction.backup;

import java.io.IOException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;

/** A cursor on a manifest that follows a walk of what the manifest describes: both come in the same order. */
public final class ManifestCursor {
    /** The receiver of what the walk has passed without finding it. Parents come before what they hold. */
    @FunctionalInterface
    public interface Missing {
        void missing(FileEntry before) throws IOException;
    }

    private final ManifestReader manifest;
    private final Missing missing;
    private Optional<FileEntry> next;

    /** @param manifest positioned at its start */
    public ManifestCursor(ManifestReader manifest, Missing missing) throws IOException {
        this.manifest = manifest;
        this.missing = missing;
        this.next = read();
    }

    private Optional<FileEntry> read() throws IOException {
        return manifest.next().map(ManifestEntry::file);
    }

    /** Reports what comes before a path as missing, and returns its own entry when the manifest has one. */
    public Optional<FileEntry> upTo(String path) throws IOException {
        while (next.isPresent() && ManifestEntry.WALK_ORDER.compare(next.get().path(), path) < 0) {
            reportMissing();
        }
        if (next.isPresent() && next.get().path().equals(path)) {
            Optional<FileEntry> found = next;
            next = read();
            return found;
        }
        return Optional.empty();
    }

    /**
     * Reports as missing all other entries below a directory that the walk has left.
     *
     * @param prefix the directory's path and a slash; empty for the whole tree
     */
    public void reportMissingBelow(String prefix) throws IOException {
        while (next.isPresent() && next.get().path().startsWith(prefix)) {
            reportMissing();
        }
    }

    private void reportMissing() throws IOException {
        FileEntry before = next.orElseThrow();
        next = read();
        missing.missing(before);
    }
}
