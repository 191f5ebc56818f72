package updater.fs.faulty;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.ForwardingDirectory;
import updater.fs.Pinned;

/** A directory that reports what is done in it to the {@link FaultyDisk} it was opened through. */
final class FaultyDirectory extends ForwardingDirectory {
    private final FaultyDisk faults;

    FaultyDirectory(FaultyDisk faults, Directory directory) {
        super(directory);
        this.faults = faults;
    }

    @Override
    public void renameUnusable() throws IOException {
        faults.change("renameUnusable", display(), directory::renameUnusable);
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
        faults.change("rename", at(name), () -> directory.rename(name, below(to), newName));
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        faults.change("link", at(name), () -> directory.link(name, below(to), newName));
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
        return faults.changing("createFile", at(name), () -> new FaultyPinned(faults, directory.createFile(name)));
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

    private Path at(String name) {
        return display().resolve(name);
    }
}
