package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/**
 * A walk through a tree that other processes may be changing: each directory before what is in it, names in order, no
 * link followed. In bounded memory and with a bounded number of handles, however many names a directory has and however
 * deep it is.
 */
public final class TreeWalk {
    /** The most characters of the path of a directory, below the root of the walk. Each path that is held takes as much. */
    public static final int MAXIMUM_PATH = 1 << 16;

    /**
     * How many directories are open: the innermost ones, and the root. The others are parked, and opened again from the one
     * in them that is left. More than what a walk may be ahead of those who act on it.
     */
    static final int OPEN = 256;

    /** How often a directory is listed again because of a name that is not usable. */
    private static final int ATTEMPTS = 20;

    private final Predicate<String> skip;
    private final Visitor visitor;
    private final boolean closes;
    private final PendingNames names = new PendingNames();
    private final List<Level> levels = new ArrayList<>();

    /** What precedes a name in the innermost directory; that of the others is a part of it. */
    private String prefix = "";

    /** @param length of its path */
    private record Level(Directory directory, Stat self, int length) {}

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
     * @throws FileSystemException when the visitor enters a directory whose path is longer than {@link #MAXIMUM_PATH}
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
        try {
            push(root, self);
            while (!levels.isEmpty()) {
                Level level = levels.getLast();
                Optional<String> name = next(level.directory);
                if (name.isPresent()) {
                    visit(level.directory, name.get(), prefix + name.get());
                } else {
                    leave(level);
                }
            }
        } finally {
            names.close();
            while (!levels.isEmpty()) {
                close(levels.removeLast().directory);
            }
        }
    }

    private void push(Directory directory, FileEntry entry) throws IOException {
        HeapGrowth.limit();
        levels.add(new Level(directory, entry.stat(), entry.path().length()));
        prefix = entry.path().isEmpty() ? "" : entry.path() + "/";
        names.enter();
        int parked = levels.size() - 1 - OPEN;
        if (parked > 0) {
            levels.get(parked).directory.park();
        }
    }

    private void leave(Level level) throws IOException {
        HeapGrowth.limit();
        FileEntry entry = new FileEntry(prefix.substring(0, level.length), level.self);
        if (levels.size() > 1) {
            Level above = levels.get(levels.size() - 2);
            above.directory.resume(level.directory);
            prefix = above.length == 0 ? "" : prefix.substring(0, above.length + 1);
        }
        names.leave();
        visitor.leave(entry, level.directory);
        levels.removeLast();
        close(level.directory);
    }

    private void close(Directory left) throws IOException {
        // The root, which is left last, is the caller's.
        if (closes && !levels.isEmpty()) {
            left.close();
        }
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

    private void visit(Directory parent, String name, String path) throws IOException {
        while (true) {
            Optional<FileEntry> found = parent.lookup(name);
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
            visitChild(child, path);
            return;
        }
    }

    private void visitChild(Directory child, String path) throws IOException {
        boolean entered = false;
        try {
            FileEntry self = new FileEntry(path, child.self());
            if (visitor.enter(self, child)) {
                entered = !closes;
                // Not earlier: a visitor that does not want to go into it, but to remove it, must be able to.
                requireShort(child, path);
                push(child, self);
                entered = true;
            }
        } finally {
            if (!entered) {
                child.close();
            }
        }
    }

    private static void requireShort(Directory directory, String path) throws FileSystemException {
        if (path.length() > MAXIMUM_PATH) {
            throw new FileSystemException(
                    directory.display().toString(),
                    null,
                    "has a path of more than " + MAXIMUM_PATH + " characters below the directory that is walked");
        }
    }
}
