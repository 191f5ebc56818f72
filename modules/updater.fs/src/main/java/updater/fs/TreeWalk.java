package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * A walk through a tree that other processes may be changing: each directory before what is in it, names in order, no
 * link followed.
 */
public final class TreeWalk {
    /** How deep a tree may be; each level holds one handle open. */
    public static final int MAXIMUM_DEPTH = 256;

    /** How often a directory is listed again because of a name that is not usable. */
    private static final int ATTEMPTS = 20;

    private final Predicate<String> skip;
    private final Visitor visitor;
    private final boolean closes;
    private final PendingNames names = new PendingNames();

    private TreeWalk(Predicate<String> skip, Visitor visitor, boolean closes) {
        this.skip = skip;
        this.visitor = visitor;
        this.closes = closes;
    }

    /**
     * The receiver of what a walk finds. The {@code path} of an entry is relative to where the walk began, {@code /}
     * between names.
     */
    public interface Visitor {
        /**
         * A directory, before what is in it; the first one is the root, with an empty path.
         *
         * @return whether to visit what is in it, and then to leave it; the root is always visited
         */
        boolean enter(FileEntry directory, Directory opened) throws IOException;

        /** Anything but a directory. */
        void file(FileEntry entry, Directory parent) throws IOException;

        /**
         * A directory holds a name that no string holds.
         *
         * @return whether that was remedied, and the directory is to be listed again
         */
        default boolean unusable(UnusableNameException name, Directory opened) throws IOException {
            return false;
        }

        /** The same directory, after what is in it. */
        default void leave(FileEntry directory, Directory opened) throws IOException {}
    }

    /**
     * Visits the tree. What vanishes between being listed and being looked at is left out; what is replaced meanwhile is
     * visited as what it has become.
     *
     * @param root is not closed
     * @param skip says which paths to leave out with all that is below them; the path of a directory ends in {@code /},
     *     so that {@code tmp/} leaves out neither {@code tmpdata/} nor a file {@code tmp}
     * @throws UnusableNameException when a name cannot be held as a string
     * @throws FileSystemException when the visitor enters a directory deeper than {@link #MAXIMUM_DEPTH}
     */
    public static void walk(Directory root, Predicate<String> skip, Visitor visitor) throws IOException {
        new TreeWalk(skip, visitor, true).walk(root);
    }

    /** Walks as {@link #walk} does. A directory that the visitor has entered is the visitor's to close, also on failure. */
    static void walkLeavingOpen(Directory root, Predicate<String> skip, Visitor visitor) throws IOException {
        new TreeWalk(skip, visitor, false).walk(root);
    }

    private void walk(Directory root) throws IOException {
        FileEntry self = new FileEntry("", root.self());
        visitor.enter(self, root);
        visitInside(self, root, 0);
    }

    private void visitInside(FileEntry entry, Directory directory, int depth) throws IOException {
        String prefix = entry.path().isEmpty() ? "" : entry.path() + "/";
        names.enter();
        for (Optional<String> name = next(directory); name.isPresent(); name = next(directory)) {
            visit(directory, name.get(), prefix + name.get(), depth);
        }
        names.leave();
        visitor.leave(entry, directory);
    }

    private Optional<String> next(Directory directory) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return names.next(directory);
            } catch (UnusableNameException e) {
                if (attempt == ATTEMPTS || !visitor.unusable(e, directory)) {
                    throw e;
                }
            }
        }
    }

    private void visit(Directory parent, String name, String path, int depth) throws IOException {
        while (true) {
            Optional<FileEntry> found = parent.look(name);
            if (found.isEmpty()) {
                return;
            }
            FileEntry entry = found.get().withPath(path);
            if (entry.type() != FileType.DIRECTORY) {
                if (!skip.test(path)) {
                    visitor.file(entry, parent);
                }
                return;
            }
            if (skip.test(path + "/")) {
                return;
            }
            Directory child;
            try {
                child = parent.child(name);
            } catch (NoSuchFileException | NotDirectoryException e) {
                // It was removed or replaced since it was looked at: look at what is there now.
                continue;
            }
            visitChild(child, path, depth + 1);
            return;
        }
    }

    private void visitChild(Directory child, String path, int depth) throws IOException {
        boolean leftOpen = false;
        try {
            FileEntry self = new FileEntry(path, child.self());
            if (visitor.enter(self, child)) {
                leftOpen = !closes;
                // Not earlier: a visitor that does not want to go into it, but to remove it, must be able to.
                requireShallow(child, depth);
                visitInside(self, child, depth);
            }
        } finally {
            if (!leftOpen) {
                child.close();
            }
        }
    }

    private static void requireShallow(Directory directory, int depth) throws FileSystemException {
        if (depth > MAXIMUM_DEPTH) {
            throw new FileSystemException(
                    directory.display().toString(), null, "lies more than " + MAXIMUM_DEPTH + " directories deep");
        }
    }
}
