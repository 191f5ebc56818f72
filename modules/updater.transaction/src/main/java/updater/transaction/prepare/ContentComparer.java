package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import updater.api.FileEntry;
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
    private final long allowed;
    private final ByteBuffer one = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer other = ByteBuffer.allocateDirect(BUFFER);

    /** Whether a file is what a record says. */
    enum Still {
        YES,
        NO,
        /** There was no time to read it. */
        UNKNOWN
    }

    /** @param deadline until when contents are read, in {@link Ticker#nanos()} */
    public ContentComparer(Ticker clock, long deadline) {
        this.clock = clock;
        this.deadline = deadline;
        this.allowed = deadline - clock.nanos();
    }

    /** Returns one that has as long as this one had, from now on. */
    ContentComparer anew() {
        return new ContentComparer(clock, clock.nanos() + allowed);
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

    /**
     * Returns whether a file has the bytes that a record says.
     *
     * @param shipped has a checksum
     */
    Still isStill(Pinned file, FileEntry shipped) throws IOException {
        return isStill(file, shipped, deadline);
    }

    /** As {@link #isStill(Pinned, FileEntry)}, ignoring the deadline: never unknown, unless nobody may read it. */
    Still isStillAtLast(Pinned file, FileEntry shipped) throws IOException {
        return isStill(file, shipped, never());
    }

    private Still isStill(Pinned file, FileEntry shipped, long until) throws IOException {
        if (file.entry().size() != shipped.size()) {
            return Still.NO;
        }
        OptionalLong checksum = checksum(file, until);
        return checksum.isEmpty() ? Still.UNKNOWN : checksum.equals(shipped.checksum()) ? Still.YES : Still.NO;
    }

    private long never() {
        return clock.nanos() + Long.MAX_VALUE / 2;
    }

    /** Returns the CRC32C of a file's bytes, ignoring the deadline; empty when nobody may read it. */
    OptionalLong checksum(Pinned file) throws IOException {
        return checksum(file, never());
    }

    /** Returns the CRC32C of a file's bytes; empty when the deadline passes, or nobody may read it. */
    OptionalLong checksumInTime(Pinned file) throws IOException {
        return checksum(file, deadline);
    }

    private synchronized OptionalLong checksum(Pinned file, long until) throws IOException {
        CRC32C checksum = new CRC32C();
        long size = file.entry().size();
        int start = (int) Math.min(size, BUFFER);
        if (clock.nanos() - until >= 0) {
            return OptionalLong.empty();
        }
        try {
            file.readStart(one.clear().limit(start));
            checksum.update(one.flip());
            if (size > start) {
                try (FileChannel rest = file.read().position(start)) {
                    while (fill(rest, one)) {
                        checksum.update(one);
                        if (clock.nanos() - until >= 0) {
                            return OptionalLong.empty();
                        }
                    }
                    checksum.update(one);
                }
            }
            return OptionalLong.of(checksum.getValue());
        } catch (AccessDeniedException e) {
            return OptionalLong.empty();
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
