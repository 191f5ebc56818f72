package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import updater.api.Ticker;
import updater.fs.Pinned;

/**
 * The comparison of staged files with installed ones, which reads contents until a deadline: a disk needs long for many
 * small files that are not in memory. A file that is merely assumed to differ is replaced by its equal, which costs a rename.
 * Several threads may use one instance.
 */
public final class ContentComparer {
    private static final int BUFFER = 128 * 1024;

    private final Ticker clock;
    private final long deadline;
    private final ByteBuffer one = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer other = ByteBuffer.allocateDirect(BUFFER);

    /** @param deadline until when contents are read, in {@link Ticker#nanos()} */
    public ContentComparer(Ticker clock, long deadline) {
        this.clock = clock;
        this.deadline = deadline;
    }

    /** Returns whether two files are known to be the same; false for any two once the deadline has passed. */
    boolean sameInTime(Pinned staged, Pinned installed) throws IOException {
        return clock.nanos() - deadline < 0 && same(staged, installed);
    }

    /** Compares fully, ignoring the deadline: sizes first, then contents up to the first difference. */
    synchronized boolean same(Pinned staged, Pinned installed) throws IOException {
        long size = staged.entry().size();
        if (size != installed.entry().size()) {
            return false;
        }
        int start = (int) Math.min(size, BUFFER);
        staged.readStart(one.clear().limit(start));
        installed.readStart(other.clear().limit(start));
        return one.flip().mismatch(other.flip()) < 0 && (size == start || sameFrom(start, staged, installed));
    }

    private boolean sameFrom(long start, Pinned staged, Pinned installed) throws IOException {
        try (FileChannel a = staged.read().position(start);
                FileChannel b = installed.read().position(start)) {
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
