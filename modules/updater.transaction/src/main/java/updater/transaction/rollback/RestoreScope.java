package updater.transaction.rollback;

import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * Decide which paths of home an undo answers for: all of them, or those that an earlier undo had to leave.
 *
 * <p>For one walk in the order of the manifest, since it follows what has vanished: where a directory is gone that was
 * there when the earlier undo ended, whoever ran meanwhile has removed it, and what was to be mended in it.
 */
final class RestoreScope {
    private final Optional<SortedMap<String, PendingRestores.Left>> left;
    private String gone = "";

    /** @param left what an earlier undo had to leave; empty when this answers for everything */
    RestoreScope(Optional<SortedMap<String, PendingRestores.Left>> left) {
        this.left = left;
    }

    /** Returns whether everything is to be as the manifest says, and not only what an earlier undo had to leave. */
    boolean whole() {
        return left.isEmpty();
    }

    /** Returns whether a path, empty for home itself, is to be as the manifest says. */
    boolean includes(String path) {
        return left.isEmpty() || (left.get().containsKey(path) && !isBelowGone(path));
    }

    /**
     * Returns whether what was at a path is to be there again. A directory that only looked different when the earlier undo
     * ended, and is none any more, has been moved or removed since: what it held would not come back with it.
     *
     * @param now what is there; null when nothing is
     */
    boolean includes(FileEntry before, @Nullable FileType now) {
        if (!includes(before.path())) {
            return false;
        }
        boolean vanished = before.type() == FileType.DIRECTORY && now != FileType.DIRECTORY;
        return left.isEmpty() || !vanished || left.get().get(before.path()) == PendingRestores.Left.MISSING;
    }

    /** Returns whether anything below a directory is to be as the manifest says. */
    boolean reaches(String directory) {
        if (left.isEmpty()) {
            return true;
        }
        SortedMap<String, PendingRestores.Left> behind = left.get().tailMap(directory + "/");
        return !behind.isEmpty() && behind.firstKey().startsWith(directory + "/");
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
