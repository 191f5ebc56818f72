package updater.transaction.rollback;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.Stat;

/**
 * The directories that were made again and that something may still be restored in, each in the one before it. Of their paths
 * only that of the innermost is held, with which those of the others begin: they may be many.
 */
final class RecreatedDirectories {
    private final Deque<Recreated> levels = new ArrayDeque<>();
    private String innermost = "";

    /** @param length of its path */
    private record Recreated(int length, Stat stat) {}

    /** Adds one that lies in the innermost of those that are left. */
    void push(FileEntry directory) {
        levels.push(new Recreated(directory.path().length(), directory.stat()));
        innermost = directory.path();
    }

    /**
     * Takes the innermost one, without its attributes, when a path does not lie in it; empty when it does, or there is none.
     */
    Optional<FileEntry> pop(String path) {
        if (levels.isEmpty() || path.startsWith(innermost + "/")) {
            return Optional.empty();
        }
        Optional<FileEntry> directory =
                Optional.of(new FileEntry(innermost, levels.pop().stat()));
        innermost =
                levels.isEmpty() ? "" : innermost.substring(0, levels.element().length());
        return directory;
    }
}
