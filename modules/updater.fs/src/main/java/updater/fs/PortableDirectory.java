package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/** A directory that is known by its path; before each use it is checked to be still a directory and no link. */
final class PortableDirectory implements Directory {
    private final Path path;
    private final Path display;

    PortableDirectory(Path path, Path display) {
        this.path = path;
        this.display = display;
    }

    @Override
    public Path display() {
        return display;
    }

    @Override
    public void names(Consumer<String> each) throws IOException {
        requireDirectory();
        new UsableNames(path, display).forEach(each);
    }

    @Override
    public Listing list() throws IOException {
        requireDirectory();
        return new UsableNames(path, display).list();
    }

    @Override
    public boolean isEmpty() throws IOException {
        requireDirectory();
        return new UsableNames(path, display).none();
    }

    @Override
    public void renameUnusable() throws IOException {
        requireDirectory();
        new UsableNames(path, display).renameOthers();
    }

    @Override
    public Optional<FileEntry> lookup(String name) throws IOException {
        try {
            return Optional.of(PortableStat.entry(at(name), name));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public Stat self() throws IOException {
        return PortableStat.read(path);
    }

    @Override
    public Map<String, Bytes> attributes(String name) throws IOException {
        try (Pinned pinned = pin(name)) {
            return pinned.attributes();
        }
    }

    @Override
    public Directory child(String name) throws IOException {
        Path child = at(name);
        requireType(child, true);
        return new PortableDirectory(child, Names.display(display, name));
    }

    @Override
    public void createDirectory(String name, int mode) throws IOException {
        Files.createDirectory(at(name));
        try (Pinned created = pin(name)) {
            created.chmod(mode);
        }
    }

    // Some file systems in memory replace only when they are told to; the real ones ignore that beside an atomic move.
    @Override
    public void rename(String name, Directory to, String newName) throws IOException {
        Files.move(
                at(name),
                ((PortableDirectory) to).at(newName),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void link(String name, Directory to, String newName) throws IOException {
        try {
            Files.createLink(((PortableDirectory) to).at(newName), at(name));
        } catch (UnsupportedOperationException e) {
            throw new FileSystemException(at(name).toString(), null, "the file system has no hard links");
        }
    }

    @Override
    public void symlink(String name, String target) throws IOException {
        try {
            Files.createSymbolicLink(at(name), path.getFileSystem().getPath(target));
        } catch (UnsupportedOperationException e) {
            throw new FileSystemException(at(name).toString(), null, "the file system has no symbolic links");
        }
    }

    @Override
    public void delete(String name) throws IOException {
        requireType(at(name), false);
        Files.delete(at(name));
    }

    @Override
    public void deleteDirectory(String name) throws IOException {
        requireType(at(name), true);
        Files.delete(at(name));
    }

    @Override
    public Pinned createFile(String name) throws IOException {
        Path file = at(name);
        FileChannel.open(file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))
                .close();
        Pinned created = new PortablePinned(file, name, true);
        created.chmod(0600);
        return created;
    }

    @Override
    public Pinned pin(String name) throws IOException {
        return new PortablePinned(at(name), name, false);
    }

    @Override
    public Pinned pinKnown(String name, FileEntry known) throws IOException {
        Pinned pinned = new PortablePinned(at(name), name, true);
        if (!pinned.entry().sameInode(known)) {
            pinned.close();
            throw new IOException(pinned.display() + ": is another file than expected");
        }
        return pinned;
    }

    @Override
    public Pinned pinSelf() throws IOException {
        return new PortablePinned(path, "", false);
    }

    // A directory can be opened, and so forced, on POSIX systems only; the others write names through by themselves.
    @Override
    public void force() throws IOException {
        requireDirectory();
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                throw Failures.naming(path, e);
            }
        }
    }

    // Nothing here reaches a whole file system, so everything below is forced by itself.
    @Override
    public void syncFileSystem() throws IOException {
        TreeWalk.walk(this, path -> false, new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) {
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                if (entry.type() == FileType.REGULAR) {
                    parent.forceFile(entry.name());
                }
            }

            @Override
            public void leave(FileEntry directory, Directory opened) throws IOException {
                opened.force();
            }
        });
    }

    @Override
    public boolean writable() {
        return Files.isWritable(path);
    }

    @Override
    public boolean sameMount(Directory other) throws IOException {
        return Files.getFileStore(path).equals(Files.getFileStore(((PortableDirectory) other).path));
    }

    @Override
    public void close() {
        // Nothing is held open.
    }

    @Override
    public String toString() {
        return display.toString();
    }

    private Path at(String name) throws IOException {
        requireDirectory();
        Path single;
        try {
            single = path.getFileSystem().getPath(Names.checked(name));
        } catch (InvalidPathException e) {
            throw new UnusableNameException(display, Names.escaped(name));
        }
        if (single.isAbsolute() || single.getNameCount() != 1 || single.getRoot() != null) {
            throw new IllegalArgumentException("not a single name: '" + Names.escaped(name) + "'");
        }
        return path.resolve(single);
    }

    private void requireDirectory() throws NotDirectoryException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotDirectoryException(display.toString());
        }
    }

    private static void requireType(Path entry, boolean directory) throws IOException {
        boolean found = PortableStat.read(entry).type() == FileType.DIRECTORY;
        if (directory && !found) {
            throw new NotDirectoryException(entry.toString());
        }
        if (!directory && found) {
            throw new FileSystemException(entry.toString(), null, "Is a directory");
        }
    }
}
