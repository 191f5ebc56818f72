package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import updater.api.Bytes;
import updater.api.FileEntry;

/**
 * One inode that is held on to, so that what was looked at is what is changed, whatever happens to its name meanwhile.
 *
 * <p>To give a file all of its metadata, keep to this order: owner (which clears set-id bits and capabilities),
 * attributes, mode, time. All changes are idempotent; none is forced to disk. The four that change metadata throw
 * {@link SharedFileException} for a regular file with more than one hard link, unless it was pinned as known.
 */
public interface Pinned extends Closeable {
    /** Returns what it was when it was pinned, without attributes. */
    FileEntry entry();

    /** Returns the path it was reached by, for messages only. */
    Path display();

    /** Returns a path that leads to this inode as long as this is open, for what takes nothing but paths. */
    Path path() throws IOException;

    /** Opens a regular file for reading; the channel outlives this. Anything else is an {@link IOException}. */
    FileChannel read() throws IOException;

    /** Reads the start of a regular file until the buffer is full or the file ends. Anything else is an {@link IOException}. */
    default void readStart(ByteBuffer into) throws IOException {
        try (FileChannel channel = read()) {
            int read = 0;
            while (into.hasRemaining() && read >= 0) {
                read = channel.read(into);
            }
        }
    }

    /** Opens a regular file for writing from its start, keeping what is there; the channel outlives this. */
    FileChannel write() throws IOException;

    /**
     * Returns the first range of a regular file at or after {@code position} that is not a hole.
     *
     * @return the range; empty and at the end of the file when only a hole follows
     */
    Extent data(long position) throws IOException;

    /** Changes owner and group, when they differ. */
    void own(long uid, long gid) throws IOException;

    /** Changes permission, set-id and sticky bits; a symbolic link has none of its own: nothing happens. */
    void chmod(int mode) throws IOException;

    /** Changes the modification time; the access time stays. */
    void touch(Instant modified) throws IOException;

    /** Returns the extended attributes in every readable namespace. */
    Map<String, Bytes> attributes() throws IOException;

    /**
     * Makes the extended attributes exactly these: removes others, sets what differs. A security label stays when
     * {@code exactly} has none, as the system gives one to every file.
     */
    void setAttributes(Map<String, Bytes> exactly) throws IOException;

    /** Whether some process may still change the bytes of a file through what it opened before. */
    enum Writers {
        NONE,
        SOME,
        /** The file system does not tell. */
        UNKNOWN
    }

    /**
     * Returns whether any process has a regular file open for writing, or mapped so. Where the system has no way to tell at
     * all, as any but Linux, {@link Writers#NONE}.
     */
    Writers writers() throws IOException;

    /** Forces a regular file's content and metadata, or a directory's names, to disk; nothing for the rest. */
    void force() throws IOException;

    /** A range of a file: bytes from {@code start}, inclusive, to {@code end}, exclusive. */
    record Extent(long start, long end) {
        public boolean isEmpty() {
            return start == end;
        }
    }
}
