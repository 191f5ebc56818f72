package updater.state.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/**
 * The payload of one record that is being read, field by field as {@link PayloadWriter} has written them.
 *
 * <p>Every field is checked against the bytes that are left before anything is made of it: nothing is allocated that is
 * longer than the payload. The checksum of the record was right, so its bytes are what an updater wrote. A field that no
 * updater writes is damage; a kind of record, or a field behind the last one, that this updater does not know was written
 * by a newer one.
 */
public final class PayloadReader {
    private static final long NANOS = 1_000_000_000;

    private final Path file;
    private final long start;
    private final byte[] payload;
    private int at;

    /**
     * Begins with the tag.
     *
     * @param file the log, for messages
     * @param start where the record begins in it, for messages
     */
    public PayloadReader(Path file, long start, byte[] payload) {
        this.file = file;
        this.start = start;
        this.payload = payload;
    }

    public DamagedLogException damaged(String expected) {
        return new DamagedLogException(file, start, "expected " + expected + " in a record, found other bytes");
    }

    public FutureFormatException newer(String expected) {
        return new FutureFormatException(
                file, "record at byte " + start + ": expected " + expected + ", found something newer");
    }

    /** Checks that nothing is left. */
    public void end() throws FutureFormatException {
        if (at != payload.length) {
            throw newer("no more than " + at + " bytes");
        }
    }

    public int left() {
        return payload.length - at;
    }

    public int octet() throws DamagedLogException {
        if (at == payload.length) {
            throw damaged("another field");
        }
        return payload[at++] & 0xFF;
    }

    /** Returns 64 bits; each number has one form only. */
    public long number() throws DamagedLogException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = octet();
            value |= (next & 0x7FL) << shift;
            if (next < 0x80) {
                boolean tooLong = (shift > 0 && next == 0) || (shift == 63 && next > 1);
                if (tooLong) {
                    break;
                }
                return value;
            }
        }
        throw damaged("a number");
    }

    public int smallNumber() throws DamagedLogException {
        long value = number();
        if (value != (int) value) {
            throw damaged("a number of 32 bits");
        }
        return (int) value;
    }

    /** Returns a number of items of which each takes so many bytes or more. */
    public int count(int least) throws DamagedLogException {
        long value = number();
        if (value < 0 || value > left() / least) {
            throw damaged("no more items than there are bytes");
        }
        return (int) value;
    }

    private long signed() throws DamagedLogException {
        long value = number();
        return value >>> 1 ^ -(value & 1);
    }

    private long nanos() throws DamagedLogException {
        long nanos = number();
        if (nanos < 0 || nanos >= NANOS) {
            throw damaged("nanoseconds");
        }
        return nanos;
    }

    public Instant instant() throws DamagedLogException {
        long seconds = signed();
        long nanos = nanos();
        try {
            return Instant.ofEpochSecond(seconds, nanos);
        } catch (DateTimeException e) {
            throw damaged("an instant");
        }
    }

    public Duration duration() throws DamagedLogException {
        long seconds = signed();
        return Duration.ofSeconds(seconds, nanos());
    }

    public byte[] blob() throws DamagedLogException {
        int size = blobSize();
        byte[] value = new byte[size];
        int chunk;
        int filled = 0;
        do {
            chunk = octet();
            System.arraycopy(payload, at, value, filled, chunk);
            at += chunk;
            filled += chunk;
        } while (chunk == PayloadWriter.CHUNK);
        return value;
    }

    /** Looks at all chunks, so that they can be copied without another check. */
    private int blobSize() throws DamagedLogException {
        int size = 0;
        int next = at;
        int chunk;
        do {
            chunk = next < payload.length ? payload[next] & 0xFF : payload.length;
            if (chunk > payload.length - next - 1) {
                throw damaged("as many bytes as a field has");
            }
            size += chunk;
            next += 1 + chunk;
        } while (chunk == PayloadWriter.CHUNK);
        return size;
    }

    public String text() throws DamagedLogException {
        int chunk = at < payload.length ? payload[at] & 0xFF : PayloadWriter.CHUNK;
        if (chunk == PayloadWriter.CHUNK) {
            byte[] value = blob();
            return text(value, 0, value.length);
        }
        if (chunk > left() - 1) {
            throw damaged("as many bytes as a field has");
        }
        at += 1 + chunk;
        return text(payload, at - chunk, chunk);
    }

    private String text(byte[] bytes, int from, int count) throws DamagedLogException {
        String text = new String(bytes, from, count, StandardCharsets.UTF_8);
        // What is not UTF-8 became this character, which may also be there by right.
        if (text.indexOf('\uFFFD') >= 0) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, count));
            } catch (CharacterCodingException e) {
                throw damaged("UTF-8");
            }
        }
        return text;
    }

    public Path path(FileSystem fileSystem) throws IOException {
        try {
            return fileSystem.getPath(text());
        } catch (InvalidPathException e) {
            throw damaged("a path");
        }
    }
}
