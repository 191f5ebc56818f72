package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.util.OptionalLong;
import updater.api.FileEntry;

/** The copying of one file or symbolic link with everything that belongs to it. */
public final class FileCopy {
    /** Of what is copied before the clock is looked at again: a fraction of a second on slow disks. */
    private static final long PIECE = 16 << 20;

    private FileCopy() {}

    /**
     * Copies content, owner, mode, attributes and modification time to a new name. Holes stay holes, and file systems
     * that can share blocks between files do. Neither file is forced to disk. The source may change meanwhile: the
     * copy then holds some mixture, and the entry returned is from before, so that another look shows the difference.
     * When the copy fails, nothing is left under the new name.
     *
     * @return what the source was, with its attributes; for a regular file with the checksum of the bytes in the copy
     * @throws java.nio.file.FileAlreadyExistsException when the new name is taken
     * @throws FileSystemException when the source is neither a regular file nor a symbolic link
     */
    public static FileEntry copy(Directory from, String name, Directory to, String newName) throws IOException {
        return copy(from, name, to, newName, Checksum.Check.NONE);
    }

    /** As {@link #copy(Directory, String, Directory, String)}, for as long as it may go on. */
    public static FileEntry copy(Directory from, String name, Directory to, String newName, Checksum.Check check)
            throws IOException {
        return copy(from, name, to, newName, check, true);
    }

    /** As {@link #copy(Directory, String, Directory, String)}, but the copy is not read, and the entry has no checksum. */
    public static FileEntry copyUnread(Directory from, String name, Directory to, String newName) throws IOException {
        return copy(from, name, to, newName, Checksum.Check.NONE, false);
    }

    private static FileEntry copy(
            Directory from, String name, Directory to, String newName, Checksum.Check check, boolean checksum)
            throws IOException {
        try (Pinned source = from.pin(name)) {
            FileEntry entry = source.entry().withAttributes(source.attributes());
            return switch (entry.type()) {
                case REGULAR -> copyFile(source, entry, to, newName, check, checksum);
                case SYMLINK -> copyLink(entry, to, newName);
                case DIRECTORY, SPECIAL ->
                    throw new FileSystemException(
                            source.display().toString(), null, "expected a file or link, found " + entry.type());
            };
        }
    }

    /**
     * Copies nothing but the content to a new file of this user's with mode 0600. As {@link #copy} otherwise.
     *
     * @param size how much of it there is to copy; what it has beyond is not
     * @return the copy, open
     */
    public static Pinned copyContent(Pinned source, long size, Directory to, String newName) throws IOException {
        Pinned target = to.createFile(newName);
        try {
            transferContent(source, size, target, Long.MAX_VALUE, Checksum.Check.NONE);
            return target;
        } catch (IOException | RuntimeException | Error e) {
            try (target) {
                to.delete(newName);
            } catch (IOException | RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    /**
     * Copies nothing but the content of a regular file, to a new name that belongs to this process and has mode 0600.
     * Holes stay holes. A file that grows meanwhile is copied to the length it had. Nothing is forced to disk, and when
     * the copy fails or is not made, nothing is left under the new name.
     *
     * @param most how many bytes may be copied, holes not counted
     * @return how many were; empty when the file has more
     * @throws java.nio.file.FileAlreadyExistsException when the new name is taken
     * @throws IOException when the source is anything but a regular file
     */
    public static OptionalLong copyContent(Directory from, String name, Directory to, String newName, long most)
            throws IOException {
        try (Pinned source = from.pinFile(name);
                Pinned target = to.createFile(newName)) {
            OptionalLong copied = undoneOnFailure(
                    to,
                    newName,
                    () -> transferContent(source, source.entry().size(), target, most, Checksum.Check.NONE));
            if (copied.isEmpty()) {
                to.delete(newName);
            }
            return copied;
        }
    }

    private static FileEntry copyFile(
            Pinned source, FileEntry entry, Directory to, String newName, Checksum.Check check, boolean checksum)
            throws IOException {
        try (Pinned target = to.createFile(newName)) {
            return undoneOnFailure(to, newName, () -> {
                transferContent(source, entry.size(), target, Long.MAX_VALUE, check);
                // Read back from the copy: the source may have changed since, and a transfer does not show its bytes.
                FileEntry copied = checksum ? entry.withChecksum(Checksum.crc32c(target, entry.size(), check)) : entry;
                giveMetadata(entry, target);
                return copied;
            });
        }
    }

    /** Channels do not say which file a read or write failed for. */
    private static OptionalLong transferContent(
            Pinned source, long size, Pinned target, long most, Checksum.Check check) throws IOException {
        try {
            return copyBytes(source, size, target, most, check);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            FileSystemException named = new FileSystemException(
                    source.display().toString(), target.display().toString(), e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    private static OptionalLong copyBytes(Pinned source, long size, Pinned target, long most, Checksum.Check check)
            throws IOException {
        if (size == 0) {
            return OptionalLong.of(0);
        }
        long copied = 0;
        try (FileChannel in = source.read();
                FileChannel out = target.write()) {
            long position = 0;
            while (position < size) {
                Pinned.Extent data = source.data(position);
                long end = Math.min(data.end(), size);
                if (data.isEmpty() || data.start() >= size) {
                    break;
                }
                copied += end - data.start();
                if (copied > most) {
                    return OptionalLong.empty();
                }
                if (!transfer(in, data.start(), end, out, check)) {
                    break;
                }
                position = end;
            }
            long length = Math.min(size, in.size());
            if (out.size() < length) {
                // The file ends in a hole: its last byte gives the copy its length.
                out.write(ByteBuffer.allocate(1), length - 1);
            }
        }
        return OptionalLong.of(copied);
    }

    /** Where the file system shares blocks, a piece takes no time: the system's own copying between files does that. */
    private static boolean transfer(FileChannel in, long start, long end, FileChannel out, Checksum.Check check)
            throws IOException {
        out.position(start);
        long position = start;
        while (position < end) {
            if (position > start) {
                check.goOn();
            }
            long moved = in.transferTo(position, Math.min(PIECE, end - position), out);
            if (moved <= 0) {
                // The source became shorter; the process that did that changed its times, too.
                return false;
            }
            position += moved;
        }
        return true;
    }

    private static FileEntry copyLink(FileEntry entry, Directory to, String newName) throws IOException {
        to.symlink(newName, entry.linkTarget().orElseThrow());
        return undoneOnFailure(to, newName, () -> {
            try (Pinned target = to.pin(newName)) {
                if (!target.entry().linkTarget().equals(entry.linkTarget())) {
                    throw new IOException(target.display() + ": was replaced while it was being created");
                }
                giveMetadata(entry, target);
                return entry;
            }
        });
    }

    private static void giveMetadata(FileEntry entry, Pinned target) throws IOException {
        target.own(entry.stat().uid(), entry.stat().gid());
        target.setAttributes(entry.attributes());
        target.chmod(entry.mode());
        target.touch(entry.stat().modified());
    }

    private static <T> T undoneOnFailure(Directory to, String newName, Failures.Operation<T> copying)
            throws IOException {
        try {
            return copying.run();
        } catch (IOException | RuntimeException | Error e) {
            try {
                to.delete(newName);
            } catch (IOException | RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }
}
