package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.FileCopy;
import updater.fs.TreeRemoval;
import updater.transaction.context.UpdateContext;

/**
 * Hold the backup of home: at {@code tmp/rollback/home}, every regular file by the path it has in home, as a hard link
 * where it will be replaced by a rename, else as a copy with all metadata.
 */
public final class BackupTree implements Closeable {
    private static final String TREE = HomeLayout.ROLLBACK + "/home";

    private final UpdateContext context;
    private final DirectoryChain opened;

    public BackupTree(UpdateContext context) {
        this.context = context;
        this.opened = new DirectoryChain(context.disk());
    }

    /** Returns where the backup of a path in home is. */
    public Place placeOf(String homePath) {
        return new Place(context.layout().home(), TREE + "/" + homePath);
    }

    /** Removes the whole backup; nothing when there is none. */
    public static void discard(UpdateContext context) throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            if (home.look("tmp").filter(tmp -> tmp.type() == FileType.DIRECTORY).isPresent()) {
                try (Directory tmp = home.child("tmp")) {
                    TreeRemoval.remove(tmp, "rollback");
                }
            }
        }
    }

    /** Creates the empty backup. */
    public void create() throws IOException {
        parentOf(placeOf("any"));
    }

    /** Returns what is kept for a path in home; empty when nothing is. */
    public Optional<FileEntry> look(String homePath) throws IOException {
        Place place = placeOf(homePath);
        try {
            return opened.parent(place).look(place.name());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns whether a file is kept by a second name of its own. One with further names in home is not safe that way:
     * the new agent could write to it through those.
     */
    public boolean holds(FileEntry inHome) throws IOException {
        Optional<FileEntry> kept = look(inHome.path());
        return kept.isPresent() && kept.get().sameInode(inHome) && inHome.stat().links() <= 2;
    }

    /**
     * Keeps a file by a hard link.
     *
     * @return whether that works here; if not, it must be copied
     */
    public boolean link(Directory from, String name, String homePath) throws IOException {
        Place place = placeOf(homePath);
        Directory to = parentOf(place);
        try {
            from.link(name, to, place.name());
            return true;
        } catch (FileAlreadyExistsException e) {
            to.delete(place.name());
            from.link(name, to, place.name());
            return true;
        } catch (NoSuchFileException e) {
            throw e;
        } catch (AtomicMoveNotSupportedException e) {
            return false;
        } catch (FileSystemException e) {
            // EXDEV, EPERM, EMLINK and EOPNOTSUPP all come as this; whatever it was, a copy either works or says why
            // not.
            return false;
        }
    }

    /**
     * Keeps a file by a copy, replacing what was kept for it.
     *
     * @return the file as it was copied, with the checksum of its bytes
     */
    FileEntry copy(Directory from, String name, String homePath) throws IOException {
        Place place = placeOf(homePath);
        Directory to = parentOf(place);
        if (to.look(place.name()).isPresent()) {
            // What was a directory in the first pass may be a file in the second.
            TreeRemoval.remove(to, place.name());
        }
        return FileCopy.copy(from, name, to, place.name());
    }

    /** Removes what is kept for a path in home; nothing when nothing is. */
    void forget(String homePath) throws IOException {
        Place place = placeOf(homePath);
        try {
            opened.parent(place).delete(place.name());
        } catch (NoSuchFileException | NotDirectoryException e) {
            // It was never kept, or something else has taken its place.
        }
    }

    private Directory parentOf(Place place) throws IOException {
        try {
            return opened.parent(place);
        } catch (NoSuchFileException | NotDirectoryException e) {
            createParents(place);
            return opened.parent(place);
        }
    }

    private void createParents(Place place) throws IOException {
        String parent = place.parent();
        int end = 0;
        while (end < parent.length()) {
            int slash = parent.indexOf('/', end);
            int stop = slash < 0 ? parent.length() : slash;
            Directory in = opened.directory(place.anchor(), end == 0 ? "" : parent.substring(0, end - 1));
            String name = parent.substring(end, stop);
            Optional<FileEntry> there = in.look(name);
            if (there.isPresent() && there.get().type() != FileType.DIRECTORY) {
                in.delete(name);
                there = Optional.empty();
            }
            if (there.isEmpty()) {
                in.createDirectory(name, 0700);
            }
            end = stop + 1;
        }
    }

    @Override
    public void close() throws IOException {
        opened.close();
    }
}
