package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.FileCopy;
import updater.fs.TreeRemoval;
import updater.transaction.context.UpdateContext;

/**
 * The files of the backup of home: at {@code .updater/rollback/home}, every regular file by the path it has in home, as a hard link
 * where it will be replaced by a rename, else as a copy with all metadata; and every symbolic link that will be replaced.
 */
public final class BackupTree implements Closeable {
    /** What is larger takes longer to read than all else that is done while an agent is down. */
    private static final long LARGE = 16 << 20;

    private static final String TREE = HomeLayout.ROLLBACK + "/home";

    private final UpdateContext context;
    private final DirectoryChain opened;

    public BackupTree(UpdateContext context) {
        this.context = context;
        this.opened = new DirectoryChain(context.disk());
    }

    /** Returns where the backup of a path in home is. */
    public Place placeOf(String homePath) {
        return WorkDirectory.place(context, TREE + "/" + homePath);
    }

    /** Removes the whole backup; nothing when there is none. */
    public static void discard(UpdateContext context) throws IOException {
        WorkDirectory.remove(context, HomeLayout.ROLLBACK);
    }

    /** Creates the empty backup. */
    public void create() throws IOException {
        parentOf(placeOf("any"));
    }

    /** Returns what is kept for a path in home; empty when nothing is. */
    public Optional<FileEntry> lookup(String homePath) throws IOException {
        Place place = placeOf(homePath);
        try {
            return opened.parent(place).lookup(place.name());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    /** Returns a file with the checksum of what is kept for it; as it is where nothing is. */
    FileEntry withChecksum(FileEntry entry) throws IOException {
        Place place = placeOf(entry.path());
        try {
            return entry.withChecksum(Checksum.crc32c(opened.parent(place), place.name()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return entry;
        }
    }

    /**
     * Returns whether a file is kept by a second name of its own. A file with further names in home is not safe that way:
     * the new agent could write to it through those.
     */
    public boolean holds(FileEntry inHome) throws IOException {
        Optional<FileEntry> kept = lookup(inHome.path());
        return kept.isPresent() && kept.get().sameInode(inHome) && inHome.stat().links() <= 2;
    }

    /**
     * A file as it is kept.
     *
     * @param entry with the checksum of its bytes, where they were read
     * @param copied whether it was copied now, and is not kept by a link, or from before
     */
    record Taken(FileEntry entry, boolean copied) {}

    /** How a file is copied. */
    enum Reading {
        /** The copy is read for its checksum. */
        ALL,
        /** The copy is read unless it is large: an agent is down meanwhile. */
        SMALL
    }

    /**
     * Makes sure that a file is kept.
     *
     * @param described the file with its attributes; empty when it vanished
     * @param checksum whether a file that is kept by a link is read for its checksum
     * @param reading how it is copied, where it is not kept by a link
     * @param check ends what takes too long
     * @return the file as it is kept; empty when it vanished meanwhile, and is not kept
     */
    Optional<Taken> take(
            FileEntry entry,
            Optional<FileEntry> described,
            Directory parent,
            boolean checksum,
            Reading reading,
            Checksum.Check check)
            throws IOException {
        try {
            if (entry.type() == FileType.REGULAR && (described.isEmpty() || !holds(entry))) {
                return takeCopy(entry, parent, reading, check);
            }
            Optional<FileEntry> kept = entry.type() == FileType.REGULAR && checksum
                    ? Optional.of(described.get().withChecksum(Checksum.crc32c(parent, entry.name(), check)))
                    : described;
            return kept.map(file -> new Taken(file, false));
        } catch (NoSuchFileException e) {
            forget(entry.path());
            return Optional.empty();
        }
    }

    /** As {@link #take}, of a regular file that may stay where it is, so that its inode is not safe in the backup. */
    Optional<Taken> takeCopy(FileEntry entry, Directory parent, Reading reading, Checksum.Check check)
            throws IOException {
        try {
            boolean unread = reading == Reading.SMALL && entry.size() > LARGE;
            FileEntry copy = copy(parent, entry.name(), entry.path(), unread, check);
            return Optional.of(new Taken(copy.withPath(entry.path()), true));
        } catch (NoSuchFileException e) {
            forget(entry.path());
            return Optional.empty();
        }
    }

    /** Keeps a file by a hard link where that works; where it does not, a pass of the backup copies it. */
    public void link(Directory from, String name, String homePath) throws IOException {
        Place place = placeOf(homePath);
        Directory to = parentOf(place);
        try {
            from.link(name, to, place.name());
        } catch (FileAlreadyExistsException e) {
            to.delete(place.name());
            from.link(name, to, place.name());
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            // EXDEV, EPERM, EMLINK and EOPNOTSUPP all come as this: a copy either works, or fails with the reason.
        }
    }

    /**
     * Keeps a symbolic link by another one with all that it has: some systems follow a link that they give a second name.
     */
    public void keepLink(Directory from, String name, String homePath) throws IOException {
        Place place = placeOf(homePath);
        Directory to = parentOf(place);
        TreeRemoval.remove(to, place.name());
        if (FileCopy.copy(from, name, to, place.name()).type() != FileType.SYMLINK) {
            // Who owns the directory may have put a file there that he may not read.
            to.delete(place.name());
            throw new FileSystemException(
                    from.display().resolve(name).toString(), null, "is no symbolic link any more");
        }
    }

    /**
     * Keeps a file by a copy, replacing what was kept for it.
     *
     * @return the file as it was copied, with the checksum of its bytes unless it is not read
     */
    private FileEntry copy(Directory from, String name, String homePath, boolean unread, Checksum.Check check)
            throws IOException {
        Place place = placeOf(homePath);
        Directory to = parentOf(place);
        if (to.lookup(place.name()).isPresent()) {
            // What was a directory in the first pass may be a file in the second.
            TreeRemoval.remove(to, place.name());
        }
        return unread
                ? FileCopy.copyUnread(from, name, to, place.name())
                : FileCopy.copy(from, name, to, place.name(), check);
    }

    /** Removes what is kept for a path in home; nothing when nothing is. */
    void forget(String homePath) throws IOException {
        Place place = placeOf(homePath);
        try {
            opened.parent(place).delete(place.name());
        } catch (NoSuchFileException | NotDirectoryException e) {
            // It was never kept, or something else is in its place.
        }
    }

    private Directory parentOf(Place place) throws IOException {
        try {
            return opened.parent(place);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return opened.directory(place.anchor(), place.parent(), BackupTree::made);
        }
    }

    private static Directory made(Directory in, String name) throws IOException {
        Optional<FileEntry> there = in.lookup(name);
        if (there.isPresent() && there.get().type() != FileType.DIRECTORY) {
            in.delete(name);
            there = Optional.empty();
        }
        if (there.isEmpty()) {
            in.createDirectory(name, 0700);
        }
        return in.child(name);
    }

    @Override
    public void close() throws IOException {
        opened.close();
    }
}
