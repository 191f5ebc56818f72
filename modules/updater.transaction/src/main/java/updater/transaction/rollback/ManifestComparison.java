package updater.transaction.rollback;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Directory;
import updater.fs.TreeWalk;
import updater.fs.UnusableNameException;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.ManifestCursor;

/**
 * A walk of a tree and of its manifest side by side, in constant memory: both come in the same order.
 *
 * <p>The tree may change under the walk; whatever is found is reported as what it is at that moment.
 */
final class ManifestComparison {
    /** Deal with what the comparison finds. Paths are relative to the tree. */
    interface Handler extends ManifestCursor.Missing {
        /** In the manifest, not on disk. Parents come before what they hold. */
        @Override
        void missing(FileEntry before) throws IOException;

        /**
         * On disk, not in the manifest.
         *
         * @return for a directory, whether to report what it holds as added too
         */
        boolean added(FileEntry now, Directory parent, String name) throws IOException;

        /**
         * In both, though not necessarily of one type.
         *
         * @return for a directory on disk, whether to go into it
         */
        boolean both(FileEntry before, FileEntry now, Directory parent, String name) throws IOException;

        /**
         * A directory, the tree itself or one that both have, holds a name that no string holds, and so no manifest.
         *
         * @return whether that was remedied, and the directory is to be listed again
         */
        default boolean unusable(UnusableNameException name, Directory itself) throws IOException {
            return false;
        }

        /**
         * Everything in a directory of the tree was reported.
         *
         * @param before when it was modified; empty when it is not in the manifest
         */
        void leave(Optional<Instant> before, FileEntry now, Directory itself) throws IOException;

        /** Everything in the tree was reported. */
        void leaveTree(Optional<FileEntry> before, FileEntry now, Directory itself) throws IOException;
    }

    private final ManifestCursor merge;
    private final Handler handler;
    private final Deque<Level> levels = new ArrayDeque<>();
    private Optional<FileEntry> treeBefore = Optional.empty();

    /**
     * A directory that the comparison is in. There may be ten thousand of them in each other, so nothing else is held.
     *
     * @param before when it was modified, by the manifest
     */
    private record Level(Directory directory, Optional<Instant> before) {}

    private ManifestComparison(ManifestCursor merge, Handler handler) {
        this.merge = merge;
        this.handler = handler;
    }

    /**
     * Compares.
     *
     * @param tree the tree's root
     * @param skip told relative paths, those of directories with a trailing slash; what it accepts is not looked at
     * @param manifest positioned at its start
     */
    static void run(Directory tree, Predicate<String> skip, ManifestReader manifest, Handler handler)
            throws IOException {
        ManifestCursor merge = new ManifestCursor(manifest, handler);
        TreeWalk.walk(tree, skip, new ManifestComparison(merge, handler).visitor());
        merge.reportMissingBelow("");
    }

    private TreeWalk.Visitor visitor() {
        return new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry entry, Directory itself) throws IOException {
                Optional<FileEntry> before = merge.upTo(entry.path());
                boolean descend = levels.isEmpty() || report(before, entry);
                if (levels.isEmpty()) {
                    treeBefore = before;
                }
                if (descend) {
                    levels.push(
                            new Level(itself, before.map(found -> found.stat().modified())));
                }
                return descend;
            }

            @Override
            public boolean unusable(UnusableNameException name, Directory itself) throws IOException {
                return handler.unusable(name, itself);
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                Optional<FileEntry> before = merge.upTo(entry.path());
                report(before, entry);
            }

            @Override
            public void leave(FileEntry entry, Directory itself) throws IOException {
                merge.reportMissingBelow(entry.path().isEmpty() ? "" : entry.path() + "/");
                Optional<Instant> before = levels.pop().before();
                if (levels.isEmpty()) {
                    handler.leaveTree(treeBefore, entry, itself);
                } else {
                    handler.leave(before, entry, itself);
                }
            }
        };
    }

    private boolean report(Optional<FileEntry> before, FileEntry now) throws IOException {
        Directory parent = levels.element().directory();
        String name = now.name();
        boolean descend =
                before.isPresent() ? handler.both(before.get(), now, parent, name) : handler.added(now, parent, name);
        if (!descend
                && now.type() == FileType.DIRECTORY
                && before.isPresent()
                && before.get().type() == FileType.DIRECTORY) {
            // Nobody else will report what it held.
            merge.reportMissingBelow(now.path() + "/");
        }
        return descend;
    }
}
