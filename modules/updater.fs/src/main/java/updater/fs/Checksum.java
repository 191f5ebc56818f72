package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * The CRC32C (RFC 3720, appendix B.4) of files, computed in constant memory. Holes are not read, and count as the zeros that
 * a reader finds in them: a file has the same checksum with them and without.
 */
public final class Checksum {
    private static final int BUFFER = 128 * 1024;

    /** Smaller files are read as they are: to look for holes costs more. */
    private static final long WORTH_LOOKING = 1 << 20;

    /** Of what is read before it is asked whether to go on. */
    private static final long PIECE = 16 << 20;

    private Checksum() {}

    /** Is asked now and then whether to go on. */
    @FunctionalInterface
    public interface Check {
        /** The one that lets everything go on. */
        Check NONE = () -> {};

        /** Throws what the work is to end with. */
        void goOn() throws IOException;
    }

    /** Returns the checksum of a regular file's bytes. */
    public static long crc32c(Directory directory, String name) throws IOException {
        return crc32c(directory, name, Long.MAX_VALUE);
    }

    /** Returns the checksum of a regular file's first bytes, all of them where it has fewer. */
    public static long crc32c(Directory directory, String name, long most) throws IOException {
        return crc32c(directory, name, most, Check.NONE);
    }

    /** As {@link #crc32c(Directory, String)}, for as long as it may go on. */
    public static long crc32c(Directory directory, String name, Check check) throws IOException {
        return crc32c(directory, name, Long.MAX_VALUE, check);
    }

    private static long crc32c(Directory directory, String name, long most, Check check) throws IOException {
        try (Pinned file = directory.pinFile(name)) {
            return crc32c(file, Math.min(most, file.entry().size()), most, check);
        }
    }

    /** Returns the checksum of all bytes of a file that this process has just written. */
    static long crc32c(Pinned file, long size, Check check) throws IOException {
        return crc32c(file, size, Long.MAX_VALUE, check);
    }

    private static long crc32c(Pinned file, long size, long most, Check check) throws IOException {
        Sum sum = new Sum(check);
        try (FileChannel channel = file.read()) {
            long position = 0;
            while (size >= WORTH_LOOKING && position < size) {
                Pinned.Extent data = file.data(position);
                long start = Math.min(data.start(), size);
                sum.zeros(start - position);
                position = data.isEmpty() ? size : sum.data(channel, start, Math.min(data.end(), size));
                if (!data.isEmpty() && position < Math.min(data.end(), size)) {
                    // It has become shorter.
                    return sum.value();
                }
            }
            // What a file has grown by since it was looked at counts, too.
            sum.data(channel, position, most);
        }
        return sum.value();
    }

    /** The checksum of what was added so far. */
    private static final class Sum {
        private final Check check;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        private final CRC32C crc = new CRC32C();
        private long before;
        private long length;

        Sum(Check check) {
            this.check = check;
        }

        /** Adds bytes of a channel, whose position does not change, and returns where they end. */
        long data(FileChannel channel, long start, long end) throws IOException {
            long position = start;
            while (position < end) {
                buffer.clear().limit((int) Math.min(BUFFER, end - position));
                int read = channel.read(buffer, position);
                if (read <= 0) {
                    break;
                }
                crc.update(buffer.flip());
                length += read;
                position += read;
                if (position / PIECE != (position - read) / PIECE) {
                    check.goOn();
                }
            }
            return position;
        }

        void zeros(long count) {
            if (count > 0) {
                before = value();
                crc.reset();
                length = 0;
                // With nothing but zeros the register, which is the complement, is only shifted.
                before = ~Polynomial.shifted(~before & Polynomial.BITS, count) & Polynomial.BITS;
            }
        }

        /** Behind the first hole, the checksum of the data since is joined with that of all before. */
        long value() {
            return before == 0 ? crc.getValue() : Polynomial.shifted(before, length) ^ crc.getValue();
        }
    }

    /** Arithmetic of polynomials over GF(2) modulo that of CRC32C, the highest power in the lowest bit. */
    private static final class Polynomial {
        static final long BITS = 0xFFFFFFFFL;

        /** Castagnoli's. */
        private static final long MODULUS = 0x82F63B78L;

        private static final long ONE = 1L << 31;
        private static final long BYTE = 1L << (31 - 8);

        private Polynomial() {}

        /** Returns what a register becomes that is shifted by so many bytes. */
        static long shifted(long register, long bytes) {
            long factor = ONE;
            long power = BYTE;
            for (long left = bytes; left > 0; left >>>= 1) {
                if ((left & 1) != 0) {
                    factor = product(factor, power);
                }
                power = product(power, power);
            }
            return product(register, factor);
        }

        private static long product(long one, long other) {
            long result = 0;
            long shifted = other;
            for (long bit = ONE; bit != 0; bit >>>= 1) {
                if ((one & bit) != 0) {
                    result ^= shifted;
                }
                shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ MODULUS : shifted >>> 1;
            }
            return result;
        }
    }
}
