package updater.transaction.rollback;

import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * The paths of home that a rollback restores: all of them, or those that an earlier rollback left pending.
 *
 * <p>For one walk in the order of the manifest, since it follows what has vanished: where a directory is gone that was
 * there when the earlier rollback ended, the old agent has removed it since, and what was to be restored in it.
 */
final class RestoreScope {
    private final Optional<SortedMap<String, PendingRestores.State>> pending;
    private String gone = "";

    /** @param pending what an earlier rollback left pending; empty when everything is to be restored */
    RestoreScope(Optional<SortedMap<String, PendingRestores.State>> pending) {
        this.pending = pending;
    }

    /** Returns whether everything is to be as the manifest says, and not only what was left pending. */
    boolean whole() {
        return pending.isEmpty();
    }

    /** Returns whether a path, empty for home itself, is to be as the manifest says. */
    boolean includes(String path) {
        return pending.isEmpty() || (pending.get().containsKey(path) && !isBelowGone(path));
    }

    /**
     * Returns whether what was at a path is to be there again. A directory that only looked different when the earlier
     * rollback ended, and does not exist any more, was removed by the old agent; its former content is not restored.
     *
     * @param now what is there; null when nothing is
     */
    boolean includes(FileEntry before, @Nullable FileType now) {
        if (!includes(before.path())) {
            return false;
        }
        boolean vanished = before.type() == FileType.DIRECTORY && now != FileType.DIRECTORY;
        return pending.isEmpty() || !vanished || pending.get().get(before.path()) == PendingRestores.State.MISSING;
    }

    /** Returns whether anything below a directory is to be as the manifest says. */
    boolean reaches(String directory) {
        if (pending.isEmpty()) {
            return true;
        }
        SortedMap<String, PendingRestores.State> behind = pending.get().tailMap(directory + "/");
        return !behind.isEmpty() && behind.firstKey().startsWith(directory + "/");
    }

    /** Notes a path that is not included and no longer what it was. */
    void passed(FileEntry before) {
        if (before.type() == FileType.DIRECTORY && !isBelowGone(before.path())) {
            gone = before.path();
        }
    }

    private boolean isBelowGone(String path) {
        return !gone.isEmpty() && path.startsWith(gone + "/");
    }
}
