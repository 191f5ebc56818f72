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

/** Report what is done in a directory to the {@link FaultyDisk} it was opened through. */
final class FaultyDirectory implements Directory {
    private final FaultyDisk faults;
    private final Directory directory;

    FaultyDirectory(FaultyDisk faults, Directory directory) {
        this.faults = faults;
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
        faults.change("renameUnusable", display(), directory::renameUnusable);
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
        return new FaultyDirectory(faults, directory.child(name));
    }

    @Override
    public void createDirectory(String name, int mode) throws IOException {
        faults.change("createDirectory", at(name), () -> directory.createDirectory(name, mode));
    }

    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        faults.change("rename", at(name), () -> directory.rename(name, unwrapped(to), newName));
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        faults.change("link", at(name), () -> directory.link(name, unwrapped(to), newName));
    }

    @Override
    public void symlink(String name, String target) throws IOException {
        faults.change("symlink", at(name), () -> directory.symlink(name, target));
    }

    @Override
    public void delete(String name) throws IOException {
        faults.change("delete", at(name), () -> directory.delete(name));
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        faults.change("deleteDirectory", at(name), () -> directory.deleteDirectory(name));
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        return faults.mutating("createFile", at(name), () -> new FaultyPinned(faults, directory.createFile(name)));
    }

    @Override
    public Pinned pin(String name) throws IOException {
        return new FaultyPinned(faults, directory.pin(name));
    }

    @Override
    public Pinned pinFile(String name) throws IOException {
        return new FaultyPinned(faults, directory.pinFile(name));
    }

    @Override
    public Pinned pinKnown(String name, FileEntry known) throws IOException {
        return new FaultyPinned(faults, directory.pinKnown(name, known));
    }

    @Override
    public Pinned pinSelf() throws IOException {
        return new FaultyPinned(faults, directory.pinSelf());
    }

    @Override
    public void force() throws IOException {
        faults.change("force", display(), directory::force);
    }

    @Override
    public void syncFileSystem() throws IOException {
        faults.change("syncFileSystem", display(), directory::syncFileSystem);
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

    private Path at(String name) {
        return display().resolve(name);
    }

    private static Directory unwrapped(Directory directory) {
        return directory instanceof FaultyDirectory faulty ? faulty.directory : directory;
    }
}
