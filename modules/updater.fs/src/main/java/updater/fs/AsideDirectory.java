package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * A directory of an {@link AsideDisk}: every change is tried again while a file is in use. What {@link Directory} builds on
 * other methods ({@link #read}, {@link #create}, {@link #pinFile}, {@link #forceFile}) goes through those here.
 */
final class AsideDirectory extends ForwardingDirectory {
    private final AsideDisk disk;
    private final BusyFileRetry retry;

    AsideDirectory(AsideDisk disk, BusyFileRetry retry, Directory directory) {
        super(directory);
        this.disk = disk;
        this.retry = retry;
    }

    /** {@inheritDoc} A file in use keeps its name for an instant in which nothing has it; see {@link AsideDisk}. */
    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        Directory target = below(to);
        retry.change(() -> {
            try {
                directory.rename(name, target, newName);
            } catch (FileSystemException e) {
                // Where it is the new file that is in use, nothing is gained by moving the old one.
                if (!BusyFileRetry.busy(e) || !inTheWay(target, newName) || busy(name)) {
                    throw e;
                }
                renameOver(name, target, newName, e);
            }
        });
    }

    private static boolean inTheWay(Directory in, String name) throws IOException {
        return in.lookup(name)
                .filter(entry -> entry.type() != FileType.DIRECTORY)
                .isPresent();
    }

    private void renameOver(String name, Directory target, String newName, FileSystemException direct)
            throws IOException {
        AsideDisk.Aside aside;
        try {
            aside = disk.moveAside(target, newName);
        } catch (IOException e) {
            direct.addSuppressed(e);
            throw direct;
        }
        try (aside) {
            try {
                directory.rename(name, target, newName);
            } catch (IOException e) {
                aside.back(target, newName);
                throw e;
            }
            aside.discard();
        }
    }

    /** {@inheritDoc} A file in use loses its name all the same, and is removed by a later run. */
    @Override
    public void delete(String name) throws IOException {
        retry.change(() -> {
            try {
                directory.delete(name);
            } catch (FileSystemException e) {
                if (!BusyFileRetry.busy(e) || !inTheWay(directory, name)) {
                    throw e;
                }
                deleteInUse(name, e);
            }
        });
    }

    private void deleteInUse(String name, FileSystemException direct) throws IOException {
        try (AsideDisk.Aside aside = disk.moveAside(directory, name)) {
            aside.discard();
        } catch (IOException e) {
            direct.addSuppressed(e);
            throw direct;
        }
    }

    /** {@inheritDoc} Asks as a rename would: renaming a file to its own name changes nothing, but needs the same access. */
    @Override
    public boolean busy(String name) {
        try {
            directory.rename(name, directory, name);
            return false;
        } catch (IOException e) {
            return BusyFileRetry.busy(e);
        }
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        retry.change(() -> directory.deleteDirectory(name));
    }

    @Override
    public void createDirectory(String name, int mode) throws IOException {
        retry.change(() -> directory.createDirectory(name, mode));
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        retry.change(() -> directory.link(name, below(to), newName));
    }

    @Override
    public void symlink(String name, String target) throws IOException {
        retry.change(() -> directory.symlink(name, target));
    }

    @Override
    public void renameUnusable() throws IOException {
        retry.change(directory::renameUnusable);
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        return new PatientPinned(retry, retry.attempt(() -> directory.createFile(name)));
    }

    @Override
    public Pinned pin(String name) throws IOException {
        return new PatientPinned(retry, retry.attempt(() -> directory.pin(name)));
    }

    @Override
    public Pinned pinKnown(String name, FileEntry known) throws IOException {
        return new PatientPinned(retry, retry.attempt(() -> directory.pinKnown(name, known)));
    }

    @Override
    public Pinned pinSelf() throws IOException {
        return new PatientPinned(retry, directory.pinSelf());
    }

    @Override
    public Directory child(String name) throws IOException {
        return new AsideDirectory(disk, retry, retry.attempt(() -> directory.child(name)));
    }

    @Override
    public Optional<FileEntry> lookup(String name) throws IOException {
        return retry.attempt(() -> directory.lookup(name));
    }

    @Override
    public Traits traits(String name) throws IOException {
        return retry.attempt(() -> directory.traits(name));
    }

    @Override
    public Map<String, Bytes> attributes(String name) throws IOException {
        return retry.attempt(() -> directory.attributes(name));
    }

    @Override
    public void syncFileSystem() throws IOException {
        retry.change(directory::syncFileSystem);
    }
}
