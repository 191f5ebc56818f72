package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.Stat;

/**
 * A directory that passes everything on to another one; subclasses override what they change.
 *
 * <p>Methods that {@link Directory} itself builds on others ({@link #read}, {@link #create}, {@link #pinFile},
 * {@link #forceFile}) are left as they are, so that they go through what a subclass overrides. {@link #busy} is passed on.
 */
public abstract class ForwardingDirectory implements Directory {
    /** The directory below. */
    protected final Directory directory;

    protected ForwardingDirectory(Directory directory) {
        this.directory = directory;
    }

    /** Returns what is below {@code other} when it is of this class, which is what the directory below knows; else itself. */
    protected final Directory below(Directory other) {
        return other instanceof ForwardingDirectory forwarding && other.getClass() == getClass()
                ? forwarding.directory
                : other;
    }

    @Override
    public Traits traits() throws IOException {
        return directory.traits();
    }

    @Override
    public Traits traits(String name) throws IOException {
        return directory.traits(name);
    }

    @Override
    public Path display() {
        return directory.display();
    }

    @Override
    public void names(Consumer<String> each) throws IOException {
        directory.names(each);
    }

    @Override
    public Listing list() throws IOException {
        return directory.list();
    }

    @Override
    public void park() throws IOException {
        directory.park();
    }

    @Override
    public void resume(Directory child) throws IOException {
        directory.resume(below(child));
    }

    @Override
    public Optional<FileChannel> unnamedFile() {
        return directory.unnamedFile();
    }

    @Override
    public boolean isEmpty() throws IOException {
        return directory.isEmpty();
    }

    @Override
    public void renameUnusable() throws IOException {
        directory.renameUnusable();
    }

    @Override
    public Optional<FileEntry> lookup(String name) throws IOException {
        return directory.lookup(name);
    }

    @Override
    public Stat self() throws IOException {
        return directory.self();
    }

    @Override
    public Map<String, Bytes> attributes(String name) throws IOException {
        return directory.attributes(name);
    }

    @Override
    public Directory child(String name) throws IOException {
        return directory.child(name);
    }

    @Override
    public void createDirectory(String name, int mode) throws IOException {
        directory.createDirectory(name, mode);
    }

    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        directory.rename(name, below(to), newName);
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        directory.link(name, below(to), newName);
    }

    @Override
    public void symlink(String name, String target) throws IOException {
        directory.symlink(name, target);
    }

    @Override
    public void delete(String name) throws IOException {
        directory.delete(name);
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        directory.deleteDirectory(name);
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        return directory.createFile(name);
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
    public boolean busy(String name) {
        return directory.busy(name);
    }

    @Override
    public boolean sameMount(Directory other) throws IOException {
        return directory.sameMount(below(other));
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
