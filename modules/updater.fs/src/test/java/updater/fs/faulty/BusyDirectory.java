package updater.fs.faulty;

import java.io.IOException;
import updater.fs.Directory;
import updater.fs.ForwardingDirectory;
import updater.fs.Pinned;

/** A directory that refuses what is done in it while the {@link BusyDisk} it was opened through has the file in use. */
final class BusyDirectory extends ForwardingDirectory {
    private final BusyDisk busy;

    BusyDirectory(BusyDisk busy, Directory directory) {
        super(directory);
        this.busy = busy;
    }

    @Override
    public Directory child(String name) throws IOException {
        return new BusyDirectory(busy, directory.child(name));
    }

    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        busy.requireMovable(directory, name);
        if (!name.equals(newName) || below(to) != directory) {
            busy.requireUnused(below(to), newName);
        }
        directory.rename(name, below(to), newName);
    }

    @Override
    public void delete(String name) throws IOException {
        busy.requireUnused(directory, name);
        directory.delete(name);
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        Pinned created = directory.createFile(name);
        busy.created(directory, name);
        return created;
    }
}
