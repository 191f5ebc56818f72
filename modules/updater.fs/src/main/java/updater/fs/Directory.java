package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/**
 * One open directory, in which everything is done by single names. A name that is a link is never followed.
 *
 * <p>A name is one path component: neither empty, {@code .} nor {@code ..}, without separator; anything else is an
 * {@link IllegalArgumentException}. Failures are the exceptions of {@code java.nio.file}
 * ({@link java.nio.file.NoSuchFileException}, {@link java.nio.file.FileAlreadyExistsException},
 * {@link java.nio.file.DirectoryNotEmptyException}, {@link java.nio.file.AccessDeniedException},
 * {@link java.nio.file.AtomicMoveNotSupportedException} across mounts, …) and name {@link #display()} and the name.
 *
 * <p>Nothing is forced to disk unless the method says so. A handle stays on the directory it was opened on, wherever
 * that is moved. Handles may be used by several threads, but closed only when none uses them.
 */
public interface Directory extends Closeable {
    /** Returns the path it was reached by, for messages only. */
    Path display();

    /**
     * Hands over each name in it, in no order. {@link SortedNames} goes through them in theirs: who owns a directory may
     * have put a million names into it, and nobody is to hold them all.
     *
     * @throws UnusableNameException when a name cannot be held as a string without loss; others were handed over, or not
     */
    void names(Consumer<String> each) throws IOException;

    /**
     * Opens the names, to be taken one after another, in no order, while they are being removed. It holds a second handle.
     *
     * @throws UnusableNameException from its {@link Listing#next}, as {@link #names}
     */
    Listing list() throws IOException;

    /** The names in a directory, as the file system hands them out. */
    interface Listing extends Closeable {
        /** Returns the next name; empty behind the last one. A name that appears meanwhile may be missed. */
        Optional<String> next() throws IOException;
    }

    /** Returns whether nothing is in it, not even a name that {@link #names} refuses. */
    boolean isEmpty() throws IOException;

    /**
     * Gives every entry whose name {@link #names} refuses a usable one that starts with {@code unusable-}, so that it
     * can be removed. Changes nothing when there is none.
     */
    void renameUnusable() throws IOException;

    /**
     * Opens a file without a name on the file system of this directory, in which nothing changes, to write into and to read
     * from. Nobody else can open it. Nothing is left of it once it is closed, or this process has ended.
     *
     * @return empty where that has no such files, or cannot make one now
     */
    default Optional<FileChannel> unnamedFile() {
        return Optional.empty();
    }

    /**
     * Returns what the name is, without attributes and checksum; {@code path} is the name. Empty when nothing is there.
     */
    Optional<FileEntry> lookup(String name) throws IOException;

    /** Returns what this directory is. */
    Stat self() throws IOException;

    /** Returns what the file system says of this directory beyond that. */
    default Traits traits() throws IOException {
        return new Traits(0, false, false);
    }

    /**
     * Returns what the file system says of the name itself beyond {@link #lookup}.
     *
     * @throws java.nio.file.NoSuchFileException when nothing is there
     */
    default Traits traits(String name) throws IOException {
        long size = lookup(name)
                .orElseThrow(() ->
                        new NoSuchFileException(Names.display(display(), name).toString()))
                .size();
        return new Traits(size, false, false);
    }

    /** Returns the extended attributes of the name itself in every readable namespace. */
    Map<String, Bytes> attributes(String name) throws IOException;

    /**
     * Opens a directory in this one.
     *
     * @throws java.nio.file.NotDirectoryException when it is anything but a directory, a link to one included
     */
    Directory child(String name) throws IOException;

    /**
     * Gives back what holds it open, for as long as a walk is so far below it that nothing is done with it. Nothing where
     * nothing is held.
     */
    default void park() throws IOException {}

    /**
     * Opens it again where it is parked.
     *
     * @param child one that lies in it, and is open
     * @throws java.nio.file.FileSystemException when that lies in another directory by now
     */
    default void resume(Directory child) throws IOException {}

    /**
     * Creates an empty directory with exactly this mode, whatever the umask. The mode is set after it was created.
     *
     * @throws java.nio.file.FileAlreadyExistsException when the name is taken
     */
    void createDirectory(String name, int mode) throws IOException;

    /**
     * Renames atomically; a file or link that has the new name already is replaced.
     *
     * @throws java.nio.file.AtomicMoveNotSupportedException when the two are not on one mount
     */
    void rename(String name, Directory to, String newName) throws IOException;

    /**
     * Creates a hard link to the file or link itself.
     *
     * @throws java.nio.file.FileAlreadyExistsException when the new name is taken
     */
    void link(String name, Directory to, String newName) throws IOException;

    /**
     * Creates a symbolic link that holds exactly this text, or what {@link #lookup} found in a link that holds no text.
     *
     * @throws java.nio.file.FileAlreadyExistsException when the name is taken
     */
    void symlink(String name, String target) throws IOException;

    /** Removes anything but a directory. */
    void delete(String name) throws IOException;

    /**
     * Removes an empty directory.
     *
     * @throws java.nio.file.NotDirectoryException when it is no directory, a link to one included
     */
    void deleteDirectory(String name) throws IOException;

    /**
     * Opens a regular file for reading. Never waits, as opening a FIFO would.
     *
     * @throws IOException when it is anything but a regular file
     */
    default FileChannel read(String name) throws IOException {
        try (Pinned file = pin(name)) {
            return file.read();
        }
    }

    /**
     * Creates a file with exactly this mode, whatever the umask, and opens it for writing.
     *
     * @throws java.nio.file.FileAlreadyExistsException when the name is taken
     */
    default FileChannel create(String name, int mode) throws IOException {
        try (Pinned file = createFile(name)) {
            FileChannel channel = file.write();
            try {
                file.chmod(mode);
                return channel;
            } catch (IOException | RuntimeException | Error e) {
                channel.close();
                throw e;
            }
        }
    }

    /**
     * Creates an empty file with mode 0600 and pins it.
     *
     * @throws java.nio.file.FileAlreadyExistsException when the name is taken
     */
    Pinned createFile(String name) throws IOException;

    /**
     * Pins what the name is now, to read its metadata and to change it. Metadata of a regular file with more than one
     * hard link cannot be changed through it: the owner of the tree may have linked another owner's file into it.
     *
     * @throws java.nio.file.NoSuchFileException when nothing is there
     */
    Pinned pin(String name) throws IOException;

    /**
     * Pins a regular file as {@link #pin(String)} does, in a way that makes reading it cheap. Never waits. This directory
     * must stay open as long as the file is changed.
     *
     * @throws IOException when it is anything but a regular file
     */
    default Pinned pinFile(String name) throws IOException {
        Pinned pinned = pin(name);
        if (pinned.entry().type() != FileType.REGULAR) {
            pinned.close();
            throw new IOException(pinned.display() + ": expected a regular file, found "
                    + pinned.entry().type());
        }
        return pinned;
    }

    /**
     * Pins the name as {@link #pin(String)} does, but its metadata can be changed whatever its number of hard links.
     *
     * @param known what it must still be
     * @throws IOException when it is another file than {@code known}
     */
    Pinned pinKnown(String name, FileEntry known) throws IOException;

    /** Pins this directory itself. */
    Pinned pinSelf() throws IOException;

    /** Forces the names in this directory to disk. */
    void force() throws IOException;

    /** Forces a regular file's content and metadata to disk. */
    default void forceFile(String name) throws IOException {
        try (Pinned file = pin(name)) {
            file.force();
        }
    }

    /** Forces at least everything below this directory to disk; on Linux everything on its file system. */
    void syncFileSystem() throws IOException;

    /** Returns whether names can be created and removed here, as far as the host tells without trying. */
    boolean writable() throws IOException;

    /**
     * Returns whether a process has the file open in a way that keeps it from being replaced now. Changes nothing.
     * Always false where an open file can be replaced.
     */
    default boolean busy(String name) {
        return false;
    }

    /**
     * Returns whether a name can be renamed from here to there at once, as far as that can be told. Changes nothing. A file
     * system may still refuse it, as ext4 and xfs do where the two belong to different projects with a quota.
     */
    boolean sameMount(Directory other) throws IOException;
}
