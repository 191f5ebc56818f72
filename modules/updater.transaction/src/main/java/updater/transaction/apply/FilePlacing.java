package updater.transaction.apply;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Step.PlaceFile;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
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
            if (to.look(target).isEmpty()) {
                throw e;
            }
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
        if (!file.byRename()) {
            CrossMountCopy.discard(to, file.target().name());
        }
        if (file.replaces()) {
            putBack(file, to, displaced);
        } else {
            remove(file, to, displaced);
        }
    }

    private void putBack(PlaceFile file, Directory to, DisplacedFiles displaced) throws IOException {
        Directory from;
        try {
            from = backups.parent(file.backup());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return;
        }
        String name = file.backup().name();
        String target = file.target().name();
        Optional<FileEntry> kept = from.look(name);
        Optional<FileEntry> there = to.look(target);
        if (kept.isEmpty() || (there.isPresent() && there.get().sameInode(kept.get())) || neverPlaced(file)) {
            return;
        }
        if (there.isPresent()) {
            displaced.beforeReplacing(to, target, file.target().path());
        }
        if (to.look(target).filter(entry -> entry.type() == FileType.DIRECTORY).isPresent()) {
            TreeRemoval.remove(to, target);
        }
        if (from.sameMount(to)) {
            from.rename(name, to, target);
        } else {
            CrossMountCopy.putBack(from, name, to, target);
        }
    }

    private void remove(PlaceFile file, Directory to, DisplacedFiles displaced) throws IOException {
        String target = file.target().name();
        Optional<FileEntry> there = to.look(target);
        if (there.isEmpty() || neverPlaced(file)) {
            return;
        }
        displaced.beforeReplacing(to, target, file.target().path());
        if (to.look(target).filter(entry -> entry.type() != FileType.DIRECTORY).isPresent()) {
            to.delete(target);
        }
    }

    /** A file that is renamed into place is gone from where it was staged. */
    private boolean neverPlaced(PlaceFile file) throws IOException {
        if (!file.byRename()) {
            return false;
        }
        try {
            return sources.parent(file.source()).look(file.source().name()).isPresent();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
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
