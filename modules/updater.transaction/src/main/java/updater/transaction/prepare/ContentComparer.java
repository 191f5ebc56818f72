package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import updater.api.Ticker;
import updater.fs.Pinned;

/**
 * Tell whether a staged file is in place already, reading no more than a fixed number of bytes in one update, and no longer
 * than it can afford: many small files that nobody has read lately take a disk long. Where it has found nothing the same for
 * long, it only samples. A file that is merely assumed to differ is replaced by itself, which costs a rename. For use by
 * several threads.
 */
public final class ContentComparer {
    private static final int BUFFER = 128 * 1024;

    /** How many files of one size in a row may differ until only some are compared. */
    private static final int PATIENCE = 200;

    /** Of how many files then one is compared. */
    private static final int SAMPLE = 8;

    private final Ticker clock;
    private final long deadline;
    private long bytesLeft;
    private long different;
    private long passed;
    private final ByteBuffer one = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer other = ByteBuffer.allocateDirect(BUFFER);

    /**
     * @param byteLimit how many bytes of staged files are read at most
     * @param deadline until when files are read, in {@link Ticker#nanos()}
     */
    public ContentComparer(long byteLimit, Ticker clock, long deadline) {
        this.bytesLeft = byteLimit;
        this.clock = clock;
        this.deadline = deadline;
    }

    /**
     * Returns whether the two are known to be the same: sizes are compared first, then contents as far as they are the same,
     * if it can be afforded and is not likely to be in vain.
     */
    synchronized boolean test(Pinned staged, Pinned there) throws IOException {
        long size = staged.entry().size();
        if (size != there.entry().size() || size > bytesLeft || clock.nanos() - deadline >= 0) {
            return false;
        }
        if (different >= PATIENCE && ++passed % SAMPLE != 0) {
            return false;
        }
        bytesLeft -= size;
        boolean same = anyway(staged, there);
        different = same ? 0 : different + 1;
        return same;
    }

    /** Returns whether the two are the same, whatever it takes to find out. */
    synchronized boolean anyway(Pinned staged, Pinned there) throws IOException {
        long size = staged.entry().size();
        if (size != there.entry().size()) {
            return false;
        }
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
