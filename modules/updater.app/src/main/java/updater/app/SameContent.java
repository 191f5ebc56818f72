package updater.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import updater.api.FileEntry;
import updater.fs.Pinned;

/**
 * Tell whether a staged file is in place already, reading no more than a fixed number of bytes in one update: a file
 * that is merely assumed to differ is replaced by itself, which costs a rename. For use by several threads.
 */
final class SameContent {
    private static final int BUFFER = 128 * 1024;

    private long bytesLeft;
    private final ByteBuffer one = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer other = ByteBuffer.allocateDirect(BUFFER);

    /** @param byteLimit how many bytes of staged files are read at most */
    SameContent(long byteLimit) {
        this.bytesLeft = byteLimit;
    }

    /** Returns whether it is worth reading the two. */
    synchronized boolean possible(FileEntry staged, FileEntry there) {
        return staged.size() == there.size() && staged.size() <= bytesLeft;
    }

    /** Reads two files of one size, as far as they are the same, and returns whether they are. */
    synchronized boolean test(Pinned staged, Pinned there) throws IOException {
        long size = staged.entry().size();
        bytesLeft -= size;
        int start = (int) Math.min(size, BUFFER);
        staged.readStart(one.clear().limit(start));
        there.readStart(other.clear().limit(start));
        return one.flip().mismatch(other.flip()) < 0 && (size == start || testFrom(start, staged, there));
    }

    private boolean testFrom(long start, Pinned staged, Pinned there) throws IOException {
        try (FileChannel a = staged.read().position(start);
                FileChannel b = there.read().position(start)) {
            boolean more = true;
            while (more) {
                boolean moreOfOne = fill(a, one);
                boolean moreOfOther = fill(b, other);
                if (one.mismatch(other) >= 0) {
                    return false;
                }
                more = moreOfOne && moreOfOther;
            }
            return true;
        }
    }

    /** Fills the buffer; returns whether the file may go on. */
    private static boolean fill(FileChannel from, ByteBuffer buffer) throws IOException {
        buffer.clear();
        int read = 0;
        while (buffer.hasRemaining() && read >= 0) {
            read = from.read(buffer);
        }
        buffer.flip();
        return read >= 0;
    }
}
