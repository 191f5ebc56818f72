package updater.fs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * Remove a tree that others may be changing, whatever is in it, and nothing but it.
 *
 * <p>At most {@link #OPEN} handles are held: a directory that lies deeper is moved up into the tree's root and removed
 * there. A directory without permissions is given its owner's. What cannot be removed is left out, and the rest goes on.
 */
public final class TreeRemoval {
    private static final int OPEN = 32;
    private static final int REPORTED = 10;
    /** How often an emptied directory that is found filled again is emptied once more, before that is given up. */
    private static final int ATTEMPTS = 20;

    private final Directory parent;
    private final String top;
    private final List<IOException> failures = new ArrayList<>();
    private final Deque<Level> levels = new ArrayDeque<>();
    private long failed;
    private long moved;

    private TreeRemoval(Directory parent, String top) {
        this.parent = parent;
        this.top = top;
    }

    private static final class Level {
        final Directory directory;
        final String name;
        final long device;
        Iterator<String> names;
        long failedBefore;
        int attempts;

        Level(Directory directory, String name, long device, Iterator<String> names, long failedBefore) {
            this.directory = directory;
            this.name = name;
            this.device = device;
            this.names = names;
            this.failedBefore = failedBefore;
        }
    }

    /**
     * Removes a file, link or tree. Idempotent: nothing there is success. Nothing is forced to disk. Does not enter what
     * is mounted in the tree from another device.
     *
     * @throws FileSystemException after all that could be removed is, with the first failures attached as suppressed
     */
    public static void remove(Directory parent, String name) throws IOException {
        new TreeRemoval(parent, name).run();
    }

    private void run() throws IOException {
        try {
            remove(parent, top, Optional.empty());
            while (!levels.isEmpty()) {
                Level level = levels.getLast();
                if (level.names.hasNext()) {
                    remove(level.directory, level.names.next(), Optional.of(level));
                } else {
                    leave(level);
                }
            }
        } finally {
            while (!levels.isEmpty()) {
                levels.removeLast().directory.close();
            }
        }
        if (failed > 0) {
            FileSystemException failure = new FileSystemException(
                    Names.display(parent.display(), top).toString(), null, failed + " entries could not be removed");
            failures.forEach(failure::addSuppressed);
            throw failure;
        }
    }

    private void remove(Directory in, String name, Optional<Level> level) throws IOException {
        try {
            Optional<FileEntry> entry = in.look(name);
            if (entry.isEmpty()) {
                return;
            }
            if (entry.get().type() != FileType.DIRECTORY) {
                withPermission(in, () -> in.delete(name));
            } else if (levels.size() >= OPEN) {
                moveUp(in, name);
            } else {
                enter(in, name, level);
            }
        } catch (NoSuchFileException e) {
            // Somebody else removed it.
        } catch (IOException e) {
            failed(e);
        }
    }

    private void enter(Directory in, String name, Optional<Level> level) throws IOException {
        Directory child = openChild(in, name);
        boolean entered = false;
        try {
            long device = child.self().device();
            if (level.isPresent() && level.get().device != device) {
                throw new FileSystemException(child.display().toString(), null, "something is mounted there");
            }
            levels.addLast(new Level(child, name, device, list(child).iterator(), failed));
            entered = true;
        } finally {
            if (!entered) {
                child.close();
            }
        }
    }

    private static Directory openChild(Directory in, String name) throws IOException {
        try {
            return in.child(name);
        } catch (AccessDeniedException e) {
            permit(in);
            return in.child(name);
        }
    }

    private static List<String> list(Directory directory) throws IOException {
        try {
            return usableNames(directory);
        } catch (AccessDeniedException e) {
            permit(directory);
            return usableNames(directory);
        }
    }

    private static List<String> usableNames(Directory directory) throws IOException {
        try {
            return directory.names();
        } catch (UnusableNameException e) {
            withPermission(directory, directory::renameUnusable);
            return directory.names();
        }
    }

    // The root is listed again once it has been gone through, which finds what was moved into it.
    private void moveUp(Directory in, String name) throws IOException {
        Directory root = levels.getFirst().directory;
        moved++;
        String flat = "moved-" + moved;
        while (root.look(flat).isPresent()) {
            moved++;
            flat = "moved-" + moved;
        }
        String free = flat;
        withPermission(in, () -> in.rename(name, root, free));
    }

    private void leave(Level level) throws IOException {
        Directory above = levels.size() == 1
                ? parent
                : levels.stream().skip(levels.size() - 2L).findFirst().orElseThrow().directory;
        try {
            withPermission(above, () -> above.deleteDirectory(level.name));
        } catch (DirectoryNotEmptyException e) {
            if (failed == level.failedBefore && level.attempts < ATTEMPTS) {
                // Filled while it was emptied, by somebody else or by what was moved up.
                level.attempts += moved > 0 ? 0 : 1;
                moved = 0;
                level.names = list(level.directory).iterator();
                return;
            }
            failed(e);
        } catch (NoSuchFileException e) {
            // Somebody else removed it, or moved it to where this has no business.
        } catch (NotDirectoryException e) {
            failed(e);
        } catch (IOException e) {
            failed(e);
        }
        levels.removeLast().directory.close();
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void withPermission(Directory directory, Action action) throws IOException {
        try {
            action.run();
        } catch (AccessDeniedException e) {
            permit(directory);
            action.run();
        }
    }

    private static void permit(Directory directory) throws IOException {
        try (Pinned self = directory.pinSelf()) {
            self.chmod(self.entry().mode() | 0700);
        }
    }

    private void failed(IOException failure) {
        failed++;
        if (failures.size() < REPORTED) {
            failures.add(failure);
        }
    }
}
