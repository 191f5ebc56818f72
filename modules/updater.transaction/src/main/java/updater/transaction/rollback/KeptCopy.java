package updater.transaction.rollback;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.FileCopy;
import updater.fs.TreeWalk;
import updater.fs.UnusableNameException;

/**
 * The copying of a file, link or tree to the kept files, as far as there is room.
 *
 * <p>It is copied and not moved: who made a file may have it open, and would go on filling the disk through a limit that
 * was looked at before, in a directory that is the updater's. All copies belong to the updater, and only it can read them.
 */
final class KeptCopy implements TreeWalk.Visitor, Closeable {
    /** Each level holds two directories open. */
    private static final int MAX_LEVELS = 100;

    private final KeptRoom room;
    private final Directory root;
    private final String as;
    private final Deque<Directory> targets = new ArrayDeque<>();
    private boolean whole = true;

    /** How much of something was kept. */
    enum Extent {
        ALL,
        PART,
        NOTHING
    }

    /** The end of a walk for which there is no more room. */
    private static final class Full extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private KeptCopy(KeptRoom room, Directory root, String as) {
        this.room = room;
        this.root = root;
        this.as = as;
    }

    /**
     * Copies.
     *
     * @param to is not closed
     * @param as a name in it that is free
     */
    static Extent copy(Directory from, FileEntry entry, Directory to, String as, KeptRoom room) throws IOException {
        String name = entry.path();
        return switch (entry.type()) {
            case REGULAR, SYMLINK -> copyFile(from, entry, to, as, room) ? Extent.ALL : Extent.NOTHING;
            case SPECIAL -> Extent.NOTHING;
            case DIRECTORY -> {
                if (!room.any()) {
                    yield Extent.NOTHING;
                }
                try (Directory tree = from.child(name);
                        KeptCopy copy = new KeptCopy(room, to, as)) {
                    yield copy.run(tree);
                }
            }
        };
    }

    private Extent run(Directory tree) throws IOException {
        try {
            TreeWalk.walk(tree, path -> false, this);
        } catch (Full e) {
            whole = false;
        }
        return whole ? Extent.ALL : Extent.PART;
    }

    /** Devices, sockets and FIFOs are left out: an agent makes them when it starts. */
    private static boolean copyFile(Directory from, FileEntry entry, Directory to, String as, KeptRoom room)
            throws IOException {
        if (!room.any()) {
            return false;
        }
        return switch (entry.type()) {
            case REGULAR -> {
                OptionalLong copied = FileCopy.copyContent(from, entry.name(), to, as, room.bytes());
                copied.ifPresent(room::take);
                yield copied.isPresent();
            }
            case SYMLINK -> {
                room.take(0);
                to.symlink(as, entry.linkTarget().orElseThrow());
                yield true;
            }
            case DIRECTORY, SPECIAL -> true;
        };
    }

    @Override
    public boolean enter(FileEntry directory, Directory opened) throws IOException {
        if (!room.any()) {
            throw new Full();
        }
        if (targets.size() == MAX_LEVELS) {
            whole = false;
            return false;
        }
        Directory in = targets.isEmpty() ? root : targets.element();
        String name = targets.isEmpty() ? as : directory.name();
        room.take(0);
        in.createDirectory(name, 0700);
        targets.push(in.child(name));
        return true;
    }

    @Override
    public void file(FileEntry entry, Directory parent) throws IOException {
        if (!room.any()) {
            throw new Full();
        }
        try {
            whole &= copyFile(parent, entry, targets.element(), entry.name(), room);
        } catch (IOException e) {
            // It vanished, or another process keeps it: the rest is worth keeping all the same.
            whole = false;
        }
    }

    /** It is about to be removed: another name does no harm. */
    @Override
    public boolean unusable(UnusableNameException name, Directory opened) throws IOException {
        opened.renameUnusable();
        return true;
    }

    @Override
    public void leave(FileEntry directory, Directory opened) throws IOException {
        targets.pop().close();
    }

    @Override
    public void close() throws IOException {
        while (!targets.isEmpty()) {
            targets.pop().close();
        }
    }
}
