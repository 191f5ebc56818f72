package updater.fs.faulty;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.Pinned;

/** Refuse what is done in a directory while the {@link BusyDisk} it was opened through has the file in use. */
final class BusyDirectory implements Directory {
    private final BusyDisk busy;
    private final Directory directory;

    BusyDirectory(BusyDisk busy, Directory directory) {
        this.busy = busy;
        this.directory = directory;
    }

    @Override
    public Path display() {
        return directory.display();
    }

    @Override
    public List<String> names() throws IOException {
        return directory.names();
    }

    @Override
    public void renameUnusable() throws IOException {
        directory.renameUnusable();
    }

    @Override
    public Optional<FileEntry> look(String name) throws IOException {
        return directory.look(name);
    }

    @Override
    public FileEntry self() throws IOException {
        return directory.self();
    }

    @Override
    public Map<String, Bytes> attributes(String name) throws IOException {
        return directory.attributes(name);
    }

    @Override
    public Directory child(String name) throws IOException {
        return new BusyDirectory(busy, directory.child(name));
    }

    @Override
    public void createDirectory(String name, int mode) throws IOException {
        directory.createDirectory(name, mode);
    }

    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        busy.requireMovable(directory, name);
        if (!name.equals(newName) || unwrapped(to) != directory) {
            busy.requireUnused(unwrapped(to), newName);
        }
        directory.rename(name, unwrapped(to), newName);
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        directory.link(name, unwrapped(to), newName);
    }

    @Override
    public void symlink(String name, String target) throws IOException {
        directory.symlink(name, target);
    }

    @Override
    public void delete(String name) throws IOException {
        busy.requireUnused(directory, name);
        directory.delete(name);
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        directory.deleteDirectory(name);
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        Pinned created = directory.createFile(name);
        busy.created(directory, name);
        return created;
    }

    @Override
    public Pinned pin(String name) throws IOException {
        return directory.pin(name);
    }

    @Override
    public Pinned pinKnown(String name, FileEntry known) throws IOException {
        return directory.pinKnown(name, known);
    }

    @Override
    public Pinned pinSelf() throws IOException {
        return directory.pinSelf();
    }

    @Override
    public void force() throws IOException {
        directory.force();
    }

    @Override
    public void syncFileSystem() throws IOException {
        directory.syncFileSystem();
    }

    @Override
    public boolean writable() throws IOException {
        return directory.writable();
    }

    @Override
    public boolean sameMount(Directory other) throws IOException {
        return directory.sameMount(unwrapped(other));
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }

    private static Directory unwrapped(Directory directory) {
        return directory instanceof BusyDirectory other ? other.directory : directory;
    }
}
