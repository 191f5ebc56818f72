package updater.transaction.rollback;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
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
         * Everything in a directory, the tree itself included, was reported.
         *
         * @param before without attributes, except for the tree itself
         */
        void leave(Optional<FileEntry> before, FileEntry now, Directory itself) throws IOException;
    }

    private final ManifestCursor merge;
    private final Handler handler;
    private final Deque<Level> levels = new ArrayDeque<>();

    /**
     * A directory that the comparison is in. There may be many, whose paths get longer and longer.
     *
     * @param before without its path; without attributes, except for the tree itself
     */
    private record Level(Directory directory, Optional<FileEntry> before) {}

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
                if (descend) {
                    levels.push(new Level(itself, levels.isEmpty() ? before : before.map(ManifestComparison::brief)));
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
                Optional<FileEntry> before = levels.pop().before();
                handler.leave(before.map(found -> found.withPath(entry.path())), entry, itself);
            }
        };
    }

    private static FileEntry brief(FileEntry before) {
        return before.withPath("").withAttributes(Map.of());
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
