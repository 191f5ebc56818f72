package updater.fs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first names behind a given one, chosen from those of a directory, which come in any order, in bounded memory: when they
 * become too many, the larger ones are dropped until half of it is free again. To be used again and again, so that the
 * names of large directories are no garbage for which the heap grows.
 *
 * <p>A name is kept as two bytes of length, and one to three for each character, whose order as unsigned bytes is that of
 * {@link String#compareTo}.
 */
final class SmallestNames {
    private static final int LENGTH = 2;
    private static final int SMALL = 256;

    private final int budget;
    private Overflow overflow = names -> false;
    private byte[] bytes = new byte[SMALL];
    private int used;

    /** Where the names begin; sorted once all were offered. */
    private int[] starts = new int[SMALL / Integer.BYTES / Integer.BYTES];

    private int count;
    private int next;
    private String after = "";

    /** The smallest name that was dropped. It and all behind it are for the next time. */
    private String limit = "";

    private boolean more;

    /** Whether all that was kept since the beginning is: nearly always, and then much faster. */
    private boolean ascii = true;

    /** What else can be done with names that are too many than to drop the larger ones. */
    @FunctionalInterface
    interface Overflow {
        /** Returns whether they were taken away. */
        boolean take(SmallestNames names);
    }

    /** @param budget how many bytes of memory the names may take; one name is kept whatever it takes */
    SmallestNames(int budget) {
        this.budget = budget;
    }

    /** Begins anew, with the names behind that one. */
    void begin(String behind) {
        begin(behind, names -> false);
    }

    void begin(String behind, Overflow tooMany) {
        after = behind;
        overflow = tooMany;
        more = false;
        clear();
    }

    private void clear() {
        used = 0;
        count = 0;
        next = 0;
        ascii = true;
    }

    void offer(String name) {
        if (name.compareTo(after) <= 0 || (more && name.compareTo(limit) >= 0)) {
            return;
        }
        append(name);
        if (used + Integer.BYTES * count > budget && count > 1) {
            if (!more && overflow.take(this)) {
                clear();
            } else {
                drop();
            }
        }
    }

    /** All were offered. */
    void end() {
        sort();
    }

    boolean hasNext() {
        return next < count;
    }

    String next() {
        return text(starts[next++]);
    }

    /** Copies the next name as it is kept. */
    void next(ByteBuffer to) {
        int start = starts[next++];
        to.put(bytes, start, LENGTH + length(start));
    }

    /** Returns a name that was copied, and goes behind it. */
    static String text(ByteBuffer from) {
        int start = from.position();
        int length = (from.get(start) & 0xff) << 8 | (from.get(start + 1) & 0xff);
        from.position(start + LENGTH + length);
        return text(from.array(), from.arrayOffset() + start + LENGTH, length);
    }

    /** Returns whether names were dropped that come behind those that are left. */
    boolean more() {
        return more;
    }

    /** Returns how many bytes of memory it holds. */
    int memory() {
        return bytes.length + Integer.BYTES * starts.length;
    }

    private void append(String name) {
        int most = used + LENGTH + 3 * name.length();
        if (most > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(most, 2 * bytes.length));
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
        }
        starts[count++] = used;
        int at = used + LENGTH;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 0x80) {
                bytes[at++] = (byte) c;
            } else if (c < 0x800) {
                ascii = false;
                bytes[at++] = (byte) (0xc0 | c >> 6);
                bytes[at++] = (byte) (0x80 | (c & 0x3f));
            } else {
                ascii = false;
                bytes[at++] = (byte) (0xe0 | c >> 12);
                bytes[at++] = (byte) (0x80 | (c >> 6 & 0x3f));
                bytes[at++] = (byte) (0x80 | (c & 0x3f));
            }
        }
        int length = at - used - LENGTH;
        bytes[used] = (byte) (length >> 8);
        bytes[used + 1] = (byte) length;
        used = at;
    }

    private int length(int start) {
        return (bytes[start] & 0xff) << 8 | (bytes[start + 1] & 0xff);
    }

    private String text(int start) {
        if (ascii) {
            return new String(bytes, start + LENGTH, length(start), StandardCharsets.US_ASCII);
        }
        return text(bytes, start + LENGTH, length(start));
    }

    private static String text(byte[] bytes, int from, int length) {
        StringBuilder text = new StringBuilder(length);
        int end = from + length;
        int at = from;
        while (at < end) {
            int first = bytes[at++];
            if (first >= 0) {
                text.append((char) first);
            } else if ((first & 0xe0) == 0xc0) {
                text.append((char) ((first & 0x1f) << 6 | (bytes[at++] & 0x3f)));
            } else {
                int second = bytes[at++] & 0x3f;
                text.append((char) ((first & 0xf) << 12 | second << 6 | (bytes[at++] & 0x3f)));
            }
        }
        return text.toString();
    }

    private int compare(int left, int right) {
        return Arrays.compareUnsigned(
                bytes,
                left + LENGTH,
                left + LENGTH + length(left),
                bytes,
                right + LENGTH,
                right + LENGTH + length(right));
    }

    private void drop() {
        sort();
        int kept = 1;
        int size = size(starts[0]);
        while (size + size(starts[kept]) <= budget / 2) {
            size += size(starts[kept++]);
        }
        limit = text(starts[kept]);
        more = true;
        Arrays.sort(starts, 0, kept);
        used = 0;
        for (int i = 0; i < kept; i++) {
            int length = LENGTH + length(starts[i]);
            System.arraycopy(bytes, starts[i], bytes, used, length);
            starts[i] = used;
            used += length;
        }
        count = kept;
    }

    private int size(int start) {
        return LENGTH + length(start) + Integer.BYTES;
    }

    /** By a heap: needs no more memory, and no order of the names that somebody can choose makes it slow. */
    private void sort() {
        for (int root = count / 2 - 1; root >= 0; root--) {
            sink(root, count);
        }
        for (int end = count - 1; end > 0; end--) {
            swap(0, end);
            sink(0, end);
        }
    }

    private void sink(int from, int end) {
        int root = from;
        while (2 * root + 1 < end) {
            int child = 2 * root + 1;
            if (child + 1 < end && compare(starts[child], starts[child + 1]) < 0) {
                child++;
            }
            if (compare(starts[root], starts[child]) >= 0) {
                return;
            }
            swap(root, child);
            root = child;
        }
    }

    private void swap(int one, int other) {
        int start = starts[one];
        starts[one] = starts[other];
        starts[other] = start;
    }
}
