package updater.state.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The judgement of the bytes behind the last whole record: what a crash can have left is a torn tail, all else is damage.
 *
 * <p>A killed process leaves a file that ends within a record. A power cut also leaves whole sectors, among those never
 * forced, that read as zero; records behind such a hole are whole by chance and were never relied upon, unless one of
 * them carries the barrier bit: it was written after everything before it had been forced.
 */
final class TornTail {
    private static final int WINDOW = 1 << 16;

    /** A record begins with up to four zero bytes of its own; more of them no updater has written. */
    private static final int OWN_ZEROS = 4;

    private final Path file;
    private final FileChannel channel;
    private final long size;

    TornTail(Path file, FileChannel channel, long size) {
        this.file = file;
        this.channel = channel;
        this.size = size;
    }

    /** Returns whether a log of at least a header's length has lost the sector that held its header. */
    boolean headerLost() throws IOException {
        ByteBuffer header = read(0, LogFormat.HEADER);
        if (header.getLong() != 0) {
            return false;
        }
        check(0);
        return true;
    }

    /** Checks that what begins at {@code bad}, where no whole record does, is a torn tail. */
    void check(long bad) throws IOException {
        OptionalLong next = nextRecord(bad + 1);
        boolean hole = hasLostSector(bad, next.orElse(size));
        if (next.isEmpty() && !hole && !endsShort(bad)) {
            throw damaged(bad, "nothing is missing from it");
        }
        if (next.isPresent() && (!hole || barrierFrom(next))) {
            throw damaged(bad, "a whole one follows it at byte " + next.getAsLong());
        }
    }

    private boolean barrierFrom(OptionalLong firstRecord) throws IOException {
        OptionalLong at = firstRecord;
        while (at.isPresent()) {
            int lengthField = read(at.getAsLong(), 4).getInt();
            if (LogFormat.barrier(lengthField)) {
                return true;
            }
            long behind = at.getAsLong() + LogFormat.OVERHEAD + LogFormat.length(lengthField);
            boolean follows = size - behind >= LogFormat.OVERHEAD
                    && wholeRecord(behind, read(behind, 4).getInt());
            at = follows ? OptionalLong.of(behind) : nextRecord(behind);
        }
        return false;
    }

    private DamagedLogException damaged(long offset, String why) {
        return new DamagedLogException(
                file, offset, "expected a record, found other bytes that no crash leaves: " + why);
    }

    /** Looks at every byte: after damage to a length, records begin anywhere. */
    private OptionalLong nextRecord(long from) throws IOException {
        long last = size - LogFormat.OVERHEAD;
        for (long start = from; start <= last; start += WINDOW) {
            ByteBuffer window = read(start, (int) Math.min(WINDOW + 3L, size - start));
            int candidates = (int) Math.min(WINDOW, last - start + 1);
            for (int i = 0; i < candidates; i++) {
                if (wholeRecord(start + i, window.getInt(i))) {
                    return OptionalLong.of(start + i);
                }
            }
        }
        return OptionalLong.empty();
    }

    private boolean wholeRecord(long at, int lengthField) throws IOException {
        int length = LogFormat.length(lengthField);
        if (length > LogFormat.MAX_PAYLOAD || length > size - at - LogFormat.OVERHEAD) {
            return false;
        }
        int end = read(at + LogFormat.FRAME_START + length, LogFormat.FRAME_END).getInt();
        return end == ~lengthField && checksumFits(at, lengthField);
    }

    private boolean checksumFits(long at, int lengthField) throws IOException {
        int checksum = read(at + 4, 4).getInt();
        byte[] payload =
                read(at + LogFormat.FRAME_START, LogFormat.length(lengthField)).array();
        return checksum == LogFormat.checksum(lengthField, payload);
    }

    private boolean hasLostSector(long from, long to) throws IOException {
        for (long start = from; start < to; ) {
            long end = Math.min(to, (start / LogFormat.SECTOR + 1) * LogFormat.SECTOR);
            if (end - start > OWN_ZEROS && allZero(read(start, (int) (end - start)))) {
                return true;
            }
            start = end;
        }
        return false;
    }

    private static boolean allZero(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (bytes.get() != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the record that begins here can have been longer than the file now is. */
    private boolean endsShort(long bad) throws IOException {
        long left = size - bad;
        if (left < 4) {
            return true;
        }
        int length = LogFormat.length(read(bad, 4).getInt());
        return length <= LogFormat.MAX_PAYLOAD && length > left - LogFormat.OVERHEAD && !endsWhole(left);
    }

    /** A last field that fits to where the record begins shows that only its first field is wrong. */
    private boolean endsWhole(long left) throws IOException {
        int lastField = read(size - LogFormat.FRAME_END, LogFormat.FRAME_END).getInt();
        return LogFormat.length(~lastField) == left - LogFormat.OVERHEAD;
    }

    private ByteBuffer read(long from, int count) throws IOException {
        return LogFormat.read(channel, from, count);
    }
}
