package updater.transaction.apply;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Step.PlaceFile;
import updater.api.Step.RemoveFile;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.FileCopy;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;

/**
 * The way files are put in place, and taken back: by rename, which is atomic and copies nothing; who has the old file open
 * keeps it. Where source and target are on two mounts, the file is copied beside its target first. Nothing is forced to
 * disk.
 *
 * <p>The directories of the last paths stay open, so that one placing must not outlive the start of an agent, which may
 * rename them.
 */
final class FilePlacing implements Closeable {
    private final DirectoryChain sources;
    private final DirectoryChain targets;
    private final DirectoryChain backups;

    FilePlacing(Disk disk) {
        sources = new DirectoryChain(disk);
        targets = new DirectoryChain(disk);
        backups = new DirectoryChain(disk);
    }

    /**
     * Puts the staged file in place, atomically: whoever looks sees the old file or the new one. Does nothing when it was
     * done before.
     */
    void place(PlaceFile file) throws IOException {
        Directory from = sources.parent(file.source());
        Directory to = targets.parent(file.target());
        String source = file.source().name();
        String target = file.target().name();
        if (!file.byRename()) {
            CrossMountCopy.place(from, source, to, target);
            return;
        }
        try {
            from.rename(source, to, target);
        } catch (NoSuchFileException e) {
            if (to.lookup(target).isEmpty()) {
                throw e;
            }
        } catch (AtomicMoveNotSupportedException e) {
            // Nothing had shown before that the two cannot be renamed into each other, as with quotas for projects.
            CrossMountCopy.place(from, source, to, target);
        }
    }

    /**
     * Puts the backup back, or removes the file when there was none before. Does nothing when the file was never placed, or
     * was taken back before.
     *
     * @param displaced called with what is about to be replaced or removed, so that it can be kept
     */
    void undo(PlaceFile file, DisplacedFiles displaced) throws IOException {
        Directory to;
        try {
            to = targets.parent(file.target());
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Its directory is gone, and the placed file with it. Where it replaced one, the backup is still there for
            // the revert, which makes the directory again.
            return;
        }
        if (!file.byRename() || stillStaged(file).isPresent()) {
            CrossMountCopy.discard(to, file.target().name());
        }
        if (neverPlaced(file, to.lookup(file.target().name()))) {
            return;
        }
        if (file.replaces()) {
            putBack(file.backup(), file.target(), to, displaced);
        } else {
            remove(file, to, displaced);
        }
    }

    /**
     * Removes a file, atomically, whose backup was taken. Does nothing when it is gone, or not what it was when it was
     * planned to go: then it is whoever changed it that has it.
     */
    void remove(RemoveFile file) throws IOException {
        try {
            Directory from = targets.parent(file.target());
            String target = file.target().name();
            Optional<FileEntry> there = from.lookup(target);
            if (there.filter(file::isStill).isPresent()) {
                from.delete(target);
            } else if (there.isPresent()) {
                keepApart(from, there.get(), file.backup());
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Gone, or its directory is.
        }
    }

    /** What stays could be written to by the new agent, and must not be the very file that the backup has. */
    private void keepApart(Directory from, FileEntry there, Place backup) throws IOException {
        Directory to = backups.parent(backup);
        if (to.lookup(backup.name()).filter(there::sameInode).isPresent()) {
            String copy = SmallFile.temporaryName(backup.name());
            TreeRemoval.remove(to, copy);
            FileCopy.copy(from, there.name(), to, copy);
            to.rename(copy, to, backup.name());
        }
    }

    /**
     * Puts the backup of a removed file back. Does nothing when the file was never removed, or was put back before.
     *
     * @param displaced as for {@link #undo(PlaceFile, DisplacedFiles)}
     */
    void undo(RemoveFile file, DisplacedFiles displaced) throws IOException {
        Directory to;
        try {
            to = targets.parent(file.target());
        } catch (NoSuchFileException | NotDirectoryException e) {
            // The restoring of home makes the directory again, and has the backup.
            return;
        }
        if (to.lookup(file.target().name()).filter(file::isSame).isEmpty()) {
            putBack(file.backup(), file.target(), to, displaced);
        }
    }

    private void putBack(Place backup, Place place, Directory to, DisplacedFiles displaced) throws IOException {
        Directory from;
        try {
            from = backups.parent(backup);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return;
        }
        String name = backup.name();
        String target = place.name();
        Optional<FileEntry> kept = from.lookup(name);
        Optional<FileEntry> there = to.lookup(target);
        if (kept.isEmpty() || (there.isPresent() && there.get().sameInode(kept.get()))) {
            return;
        }
        if (there.isPresent()) {
            displaced.beforeReplacing(to, target, place.path());
        }
        if (to.lookup(target)
                .filter(entry -> entry.type() == FileType.DIRECTORY)
                .isPresent()) {
            TreeRemoval.remove(to, target);
        }
        CrossMountCopy.moveBack(from, name, to, target);
    }

    private void remove(PlaceFile file, Directory to, DisplacedFiles displaced) throws IOException {
        String target = file.target().name();
        Optional<FileEntry> there = to.lookup(target);
        if (there.isEmpty()) {
            return;
        }
        displaced.beforeReplacing(to, target, file.target().path());
        if (to.lookup(target)
                .filter(entry -> entry.type() != FileType.DIRECTORY)
                .isPresent()) {
            to.delete(target);
        }
    }

    /** A file that is renamed into place is gone from where it was staged; one that had to be copied is there twice. */
    private boolean neverPlaced(PlaceFile file, Optional<FileEntry> there) throws IOException {
        if (!file.byRename()) {
            return false;
        }
        Optional<FileEntry> source = stillStaged(file);
        return source.isPresent()
                && there.filter(now -> now.size() == source.get().size()
                                && now.stat()
                                        .modified()
                                        .equals(source.get().stat().modified()))
                        .isEmpty();
    }

    private Optional<FileEntry> stillStaged(PlaceFile file) throws IOException {
        try {
            return sources.parent(file.source()).lookup(file.source().name());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        try (sources;
                targets;
                backups) {
            // Only to close all three whatever each of them does.
        }
    }
}
