package updater.app;

import java.util.Optional;
import java.util.Set;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * Decide which paths of home an undo answers for: all of them, or those that an earlier undo had to leave.
 *
 * <p>For one walk in the order of the manifest, since it follows what has vanished: where a directory is gone that was
 * there when the earlier undo ended, whoever ran meanwhile has removed it, and what was to be mended in it.
 */
final class Extent {
    private final Optional<Set<String>> left;
    private String gone = "";

    /** @param left the paths that an earlier undo had to leave; empty when this answers for everything */
    Extent(Optional<Set<String>> left) {
        this.left = left;
    }

    /** Returns whether everything is to be as the manifest says, and not only what an earlier undo had to leave. */
    boolean whole() {
        return left.isEmpty();
    }

    /** Returns whether a path, empty for home itself, is to be as the manifest says. */
    boolean includes(String path) {
        return left.isEmpty() || (left.get().contains(path) && !isBelowGone(path));
    }

    /** Is told what is not included and no longer what it was. */
    void passed(FileEntry before) {
        if (before.type() == FileType.DIRECTORY && !isBelowGone(before.path())) {
            gone = before.path();
        }
    }

    private boolean isBelowGone(String path) {
        return !gone.isEmpty() && path.startsWith(gone + "/");
    }
}
