package updater.fs;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.fs.Directory.Listing;

/**
 * The removal of a tree that other processes may be changing, whatever is in it, and of nothing else.
 *
 * <p>At most twice {@link #OPEN} handles are held: a directory that lies deeper is moved up into the tree's root and removed
 * there. Names are removed in the order in which a directory hands them out: sorting them would list it again for each
 * part of them that memory holds. A directory without permissions is given its owner's. What cannot be removed is left out,
 * and the rest goes on.
 */
public final class TreeRemoval {
    private static final int OPEN = 32;
    private static final int REPORTED = 10;
    private static final int OWNER_ALL = 0700;
    /** How often an emptied directory that is found filled again is emptied once more, before that is given up. */
    private static final int ATTEMPTS = 20;

    private final Directory parent;
    private final String top;
    private final List<IOException> failures = new ArrayList<>();
    private final Deque<Level> levels = new ArrayDeque<>();
    private long failed;
    private long moved;
    private boolean movedUp;

    private TreeRemoval(Directory parent, String top) {
        this.parent = parent;
        this.top = top;
    }

    private static final class Level {
        final Directory directory;
        final String name;
        final long device;
        final long failedBefore;
        int attempts;

        /** Its names; null before the first one, and when it is to be gone through again. */
        @Nullable
        Listing names;

        Level(Directory directory, String name, long device, long failedBefore) {
            this.directory = directory;
            this.name = name;
            this.device = device;
            this.failedBefore = failedBefore;
        }

        Optional<String> next() throws IOException {
            if (names == null) {
                names = directory.list();
            }
            return names.next();
        }

        void rewind() throws IOException {
            if (names != null) {
                names.close();
                names = null;
            }
        }

        void close() throws IOException {
            try (directory) {
                rewind();
            }
        }
    }

    /**
     * Removes a file, link or tree. Idempotent: nothing there is success. Nothing is forced to disk. Does not enter
     * what is mounted in the tree.
     *
     * @throws FileSystemException after all that could be removed is, with the first failures attached as suppressed
     */
    public static void remove(Directory parent, String name) throws IOException {
        new TreeRemoval(parent, name).run();
    }

    /**
     * Removes a directory if nothing is in it. Idempotent: one with something in it stays, and so does what is no directory,
     * or has something mounted on it, which is there to stay.
     */
    public static void removeEmpty(Directory parent, String name) throws IOException {
        try {
            parent.deleteDirectory(name);
        } catch (NoSuchFileException | NotDirectoryException | DirectoryNotEmptyException e) {
            // There is none, or it is in use.
        } catch (FileSystemException e) {
            if (!isMountPoint(parent, name)) {
                throw e;
            }
        }
    }

    private static boolean isMountPoint(Directory parent, String name) throws IOException {
        try (Directory child = parent.child(name)) {
            return !parent.sameMount(child);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    private void run() throws IOException {
        try {
            remove(parent, top, Optional.empty());
            while (!levels.isEmpty()) {
                Level level = levels.getLast();
                Optional<String> next = next(level);
                if (next.isPresent()) {
                    remove(level.directory, next.get(), Optional.of(level));
                } else {
                    leave(level);
                }
            }
        } finally {
            while (!levels.isEmpty()) {
                levels.removeLast().close();
            }
        }
        if (failed > 0) {
            FileSystemException failure = new FileSystemException(
                    Names.display(parent.display(), top).toString(),
                    null,
                    "could not be removed completely, " + failed + " operations failed");
            failures.forEach(failure::addSuppressed);
            throw failure;
        }
    }

    private void remove(Directory in, String name, Optional<Level> level) throws IOException {
        try {
            if (!isDirectory(in, name)) {
                in.delete(name);
            } else if (levels.size() >= OPEN) {
                moveUp(in, name);
            } else {
                enter(in, name, level);
            }
        } catch (NoSuchFileException e) {
            // Another process removed it.
        } catch (IOException e) {
            failed(e);
        }
    }

    private static boolean isDirectory(Directory in, String name) throws IOException {
        return in.lookup(name).map(FileEntry::type).equals(Optional.of(FileType.DIRECTORY));
    }

    private void enter(Directory in, String name, Optional<Level> level) throws IOException {
        Directory child = in.child(name);
        boolean entered = false;
        try {
            Stat self = child.self();
            requireNoMount(child, level.isPresent() && level.get().device != self.device());
            if ((self.mode() & OWNER_ALL) != OWNER_ALL) {
                try (Pinned pinned = child.pinSelf()) {
                    pinned.chmod(pinned.entry().mode() | OWNER_ALL);
                }
            }
            requireNoMount(child, level.isPresent() && !in.sameMount(child));
            levels.addLast(new Level(child, name, self.device(), failed));
            entered = true;
        } finally {
            if (!entered) {
                child.close();
            }
        }
    }

    private static void requireNoMount(Directory child, boolean mounted) throws FileSystemException {
        if (mounted) {
            throw new FileSystemException(child.display().toString(), null, "something is mounted there");
        }
    }

    /** Returns what to remove next; empty when there is nothing, or the directory cannot be listed. */
    private Optional<String> next(Level level) {
        try {
            try {
                return level.next();
            } catch (UnusableNameException e) {
                level.rewind();
                level.directory.renameUnusable();
                return level.next();
            }
        } catch (IOException e) {
            failed(e);
            return Optional.empty();
        }
    }

    // The root is listed again once it has been gone through, which finds what was moved into it.
    private void moveUp(Directory in, String name) throws IOException {
        Directory root = levels.getFirst().directory;
        String free;
        do {
            moved++;
            free = "moved-" + moved;
        } while (root.lookup(free).isPresent());
        in.rename(name, root, free);
        movedUp = true;
    }

    private void leave(Level level) throws IOException {
        level.rewind();
        levels.removeLast();
        Directory above = levels.isEmpty() ? parent : levels.getLast().directory;
        boolean again = false;
        try {
            above.deleteDirectory(level.name);
        } catch (DirectoryNotEmptyException e) {
            again = mayRepeat(level);
            if (!again) {
                failed(e);
            }
        } catch (NoSuchFileException e) {
            // Another process removed it, or moved it out of the tree, where it is left alone.
        } catch (IOException e) {
            failed(e);
        }
        if (again) {
            levels.addLast(level);
        } else {
            level.directory.close();
        }
    }

    // What was moved up makes the tree smaller each time. A process that keeps filling a directory must not
    // keep the updater busy.
    private boolean mayRepeat(Level level) {
        if (movedUp && levels.isEmpty()) {
            movedUp = false;
            return true;
        }
        level.attempts++;
        return failed == level.failedBefore && level.attempts <= ATTEMPTS;
    }

    private void failed(IOException failure) {
        failed++;
        if (failures.size() < REPORTED) {
            failures.add(failure);
        }
    }
}
