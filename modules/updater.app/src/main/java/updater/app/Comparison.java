package updater.app;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Directory;
import updater.fs.TreeWalk;
import updater.state.ManifestEntry;
import updater.state.ManifestReader;

/**
 * Walk a tree and a manifest of it side by side, in constant memory: both come in the same order.
 *
 * <p>The tree may change under the walk; whatever is found is reported as what it is at that moment.
 */
final class Comparison {
    /** Deal with what the comparison finds. Paths are relative to the tree. */
    interface Handler {
        /** In the manifest, not on disk. Parents come before what they hold. */
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

        /** A directory is about to be read, the tree itself or one that both have. */
        default void entering(Directory itself) throws IOException {
            // Most only want to know what is in it.
        }

        /** Everything in a directory, the tree itself included, was reported. */
        void leave(Optional<FileEntry> before, FileEntry now, Directory itself) throws IOException;
    }

    private final ManifestReader manifest;
    private final Handler handler;
    private final Deque<Level> levels = new ArrayDeque<>();
    private Optional<FileEntry> next = Optional.empty();

    private record Level(Directory directory, Optional<FileEntry> before) {}

    private Comparison(ManifestReader manifest, Handler handler) {
        this.manifest = manifest;
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
        Comparison comparison = new Comparison(manifest, handler);
        comparison.next = manifest.next().map(ManifestEntry::file);
        TreeWalk.walk(tree, skip, comparison.visitor());
        while (comparison.next.isPresent()) {
            comparison.reportMissing();
        }
    }

    private TreeWalk.Visitor visitor() {
        return new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry entry, Directory itself) throws IOException {
                Optional<FileEntry> before = upTo(entry);
                boolean descend = levels.isEmpty() || report(before, entry);
                if (descend) {
                    levels.push(new Level(itself, before));
                    handler.entering(itself);
                }
                return descend;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                Optional<FileEntry> before = upTo(entry);
                report(before, entry);
            }

            @Override
            public void leave(FileEntry entry, Directory itself) throws IOException {
                String inside = entry.path().isEmpty() ? "" : entry.path() + "/";
                while (next.isPresent() && next.get().path().startsWith(inside)) {
                    reportMissing();
                }
                handler.leave(levels.pop().before(), entry, itself);
            }
        };
    }

    private boolean report(Optional<FileEntry> before, FileEntry now) throws IOException {
        Directory parent = levels.element().directory();
        String name = now.path().substring(now.path().lastIndexOf('/') + 1);
        boolean descend =
                before.isPresent() ? handler.both(before.get(), now, parent, name) : handler.added(now, parent, name);
        if (!descend && now.type() == FileType.DIRECTORY && before.isPresent()) {
            skipBelow(now.path() + "/", before.get());
        }
        return descend;
    }

    /** Reports what a directory that will not be entered held before as missing, since nobody else will. */
    private void skipBelow(String inside, FileEntry before) throws IOException {
        while (before.type() == FileType.DIRECTORY
                && next.isPresent()
                && next.get().path().startsWith(inside)) {
            reportMissing();
        }
    }

    /** Reports what comes before {@code now} as missing, and returns its own entry when the manifest has one. */
    private Optional<FileEntry> upTo(FileEntry now) throws IOException {
        while (next.isPresent() && ManifestEntry.WALK_ORDER.compare(next.get().path(), now.path()) < 0) {
            reportMissing();
        }
        if (next.isPresent() && next.get().path().equals(now.path())) {
            Optional<FileEntry> found = next;
            next = manifest.next().map(ManifestEntry::file);
            return found;
        }
        return Optional.empty();
    }

    private void reportMissing() throws IOException {
        FileEntry missing = next.orElseThrow();
        next = manifest.next().map(ManifestEntry::file);
        handler.missing(missing);
    }
}
