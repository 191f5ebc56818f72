package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
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

    private final Predicate<String> skip;
    private final Visitor visitor;
    private final Deque<Level> levels = new ArrayDeque<>();

    private final Directory root;
    private final boolean closes;
    private boolean begun;

    private TreeWalk(Directory root, Predicate<String> skip, Visitor visitor, boolean closes) {
        this.root = root;
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

        /** The same directory, after what is in it. */
        void leave(FileEntry directory, Directory opened) throws IOException;
    }

    private record Level(FileEntry entry, Directory directory, Iterator<String> names) {}

    /**
     * Visits the tree. What vanishes between being listed and being looked at is left out; what is replaced meanwhile is
     * visited as what it has become.
     *
     * @param root is not closed
     * @param skip says which paths to leave out with all that is below them; the path of a directory ends in {@code /},
     *     so that {@code tmp/} leaves out neither {@code tmpdata/} nor a file {@code tmp}
     * @throws UnusableNameException when a name cannot be held as a string
     * @throws FileSystemException when the tree is deeper than {@link #MAXIMUM_DEPTH}
     */
    public static void walk(Directory root, Predicate<String> skip, Visitor visitor) throws IOException {
        TreeWalk walk = new TreeWalk(root, skip, visitor, true);
        try {
            boolean more = true;
            while (more) {
                more = walk.step();
            }
        } finally {
            while (!walk.levels.isEmpty()) {
                walk.closeUnlessRoot(walk.levels.removeLast().directory);
            }
        }
    }

    /**
     * Begins a walk like {@link #walk} that goes on with each {@link #step()}. A directory that the visitor has entered is the
     * visitor's to close, once it was left or when the walk is given up.
     */
    public static TreeWalk inSteps(Directory root, Predicate<String> skip, Visitor visitor) {
        return new TreeWalk(root, skip, visitor, false);
    }

    /**
     * Visits what comes next.
     *
     * @return whether anything is left to visit
     */
    public boolean step() throws IOException {
        if (!begun) {
            begun = true;
            enter(root.self(), root);
            return true;
        }
        Level level = levels.getLast();
        if (level.names.hasNext()) {
            visit(level, level.names.next());
        } else {
            visitor.leave(level.entry, level.directory);
            levels.removeLast();
            if (closes) {
                closeUnlessRoot(level.directory);
            }
        }
        return !levels.isEmpty();
    }

    private void visit(Level level, String name) throws IOException {
        String prefix = level.entry.path().isEmpty() ? "" : level.entry.path() + "/";
        while (true) {
            Optional<FileEntry> found = level.directory.look(name);
            if (found.isEmpty()) {
                return;
            }
            FileEntry entry = found.get().withPath(prefix + name);
            if (entry.type() != FileType.DIRECTORY) {
                if (!skip.test(entry.path())) {
                    visitor.file(entry, level.directory);
                }
                return;
            }
            if (skip.test(entry.path() + "/")) {
                return;
            }
            Directory child;
            try {
                child = level.directory.child(name);
            } catch (NoSuchFileException | NotDirectoryException e) {
                // It was removed or replaced since it was looked at: look at what is there now.
                continue;
            }
            enterOrClose(entry, child);
            return;
        }
    }

    private void enterOrClose(FileEntry entry, Directory child) throws IOException {
        boolean entered = false;
        try {
            if (levels.size() > MAXIMUM_DEPTH) {
                throw new FileSystemException(
                        child.display().toString(), null, "lies more than " + MAXIMUM_DEPTH + " directories deep");
            }
            entered = enter(child.self().withPath(entry.path()), child);
        } finally {
            if (!entered) {
                child.close();
            }
        }
    }

    private boolean enter(FileEntry entry, Directory directory) throws IOException {
        if (!visitor.enter(entry, directory) && !levels.isEmpty()) {
            return false;
        }
        levels.addLast(new Level(entry, directory, directory.names().iterator()));
        return true;
    }

    private void closeUnlessRoot(Directory directory) throws IOException {
        if (!levels.isEmpty()) {
            directory.close();
        }
    }
}
