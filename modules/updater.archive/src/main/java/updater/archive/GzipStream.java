package updater.archive;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The content of a gzip file (RFC 1952), of one member or several. The stream of the JDK takes anything behind the last
 * member for its end; here that is refused.
 */
final class GzipStream extends InputStream {
    private static final int HEADER_CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int LONGEST_TEXT = 1 << 16;

    private final BufferedInputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private final byte[] packed = new byte[1 << 13];
    private int filled;
    private boolean ended;

    /** @param in closing it is the caller's */
    GzipStream(BufferedInputStream in) throws IOException {
        this.in = in;
        header(required());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        try {
            while (!ended) {
                int count = inflater.inflate(buffer, offset, length);
                if (count > 0) {
                    checksum.update(buffer, offset, count);
                    return count;
                }
                if (inflater.finished()) {
                    trailer();
                    next();
                } else if (inflater.needsDictionary()) {
                    throw new IOException("its compression needs what is not there");
                } else {
                    fill();
                }
            }
            return -1;
        } catch (DataFormatException e) {
            throw new IOException("its compression is damaged: " + e.getMessage(), e);
        }
    }

    /** What is read too far is given back at the end of a member. */
    private void fill() throws IOException {
        in.mark(packed.length);
        filled = in.read(packed);
        if (filled < 0) {
            throw new EOFException("it is cut short");
        }
        inflater.setInput(packed, 0, filled);
    }

    private void trailer() throws IOException {
        in.reset();
        in.skipNBytes(filled - inflater.getRemaining());
        if (number() != checksum.getValue() || number() != (inflater.getBytesWritten() & 0xffffffffL)) {
            throw new IOException("its checksum is wrong");
        }
    }

    /** Begins with the next member, if there is one. */
    private void next() throws IOException {
        int first = in.read();
        if (first < 0) {
            ended = true;
            return;
        }
        header(first);
        inflater.reset();
        checksum.reset();
        filled = 0;
    }

    private void header(int first) throws IOException {
        if (first != 0x1f || required() != 0x8b || required() != 8) {
            throw new IOException("it has something in it that is not compressed with gzip");
        }
        int flags = required();
        if ((flags & ~(1 | HEADER_CHECKSUM | EXTRA | NAME | COMMENT)) != 0) {
            throw new IOException("its compression is of an unknown kind");
        }
        in.skipNBytes(6);
        if ((flags & EXTRA) != 0) {
            int length = required() | required() << 8;
            in.skipNBytes(length);
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CHECKSUM) != 0) {
            in.skipNBytes(2);
        }
    }

    private void skipText() throws IOException {
        for (int i = 0; i < LONGEST_TEXT; i++) {
            if (required() == 0) {
                return;
            }
        }
        throw new IOException("its name is too long");
    }

    private long number() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            value |= (long) required() << shift;
        }
        return value;
    }

    private int required() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw new EOFException("it is cut short");
        }
        return value;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
