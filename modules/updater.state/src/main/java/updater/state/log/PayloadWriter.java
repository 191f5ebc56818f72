package updater.state.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import updater.json.Printable;

/**
 * The payload of one record in the making; its memory is used again for the next one.
 *
 * <p>A payload is a tag of one byte, an ASCII letter that names the kind of record, and behind it the fields of that kind
 * without names or gaps:
 *
 * <pre>
 * octet:   one byte
 * number:  64 bits, seven to a byte, the lowest first; the top bit of a byte says that another one follows
 * signed:  a number that holds n &lt;&lt; 1 ^ n &gt;&gt; 63, so that small negative ones are short
 * blob:    ┌───┬───────────┐   n bytes; where n is 255, another such chunk follows, so a blob of
 *          │ n │ n bytes … │   255 bytes ends with a chunk of none
 *          └───┴───────────┘
 * text:    a blob of UTF-8
 * instant: signed (seconds since 1970) · number (nanoseconds); a duration likewise
 * </pre>
 *
 * <p>The chunks are for {@link TornTail}, which takes a sector of zeros for one that never reached the disk: the length
 * before each of them is not zero, whatever the bytes are.
 */
public final class PayloadWriter {
    /** The longest chunk of a blob, in bytes. */
    static final int CHUNK = 255;

    private byte[] bytes = new byte[512];
    private int length;

    /** Holds nothing yet. */
    public PayloadWriter() {
        // A payload begins with its tag.
    }

    /** Begins a payload; the one before is forgotten. */
    public PayloadWriter start(int tag) {
        length = 0;
        return octet(tag);
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    public PayloadWriter octet(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Appends 64 bits; a negative value is taken for an unsigned one and needs ten bytes. */
    public PayloadWriter number(long value) {
        reserve(10);
        long left = value;
        while ((left & ~0x7FL) != 0) {
            bytes[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[length++] = (byte) left;
        return this;
    }

    public PayloadWriter signed(long value) {
        return number(value << 1 ^ value >> 63);
    }

    public PayloadWriter instant(Instant instant) {
        return signed(instant.getEpochSecond()).number(instant.getNano());
    }

    public PayloadWriter duration(Duration duration) {
        return signed(duration.getSeconds()).number(duration.getNano());
    }

    public PayloadWriter blob(byte[] value) {
        reserve(value.length + value.length / CHUNK + 1);
        int at = 0;
        int chunk;
        do {
            chunk = Math.min(CHUNK, value.length - at);
            bytes[length++] = (byte) chunk;
            System.arraycopy(value, at, bytes, length, chunk);
            length += chunk;
            at += chunk;
        } while (chunk == CHUNK);
        return this;
    }

    /**
     * Appends a text.
     *
     * @throws UnrecordableException when it has no UTF-8 form
     */
    public PayloadWriter text(String text) throws UnrecordableException {
        if (text.length() >= CHUNK || !shortAscii(text)) {
            checkPaired(text);
            blob(text.getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    /** Nearly all texts are short and ASCII: these are written in place. */
    private boolean shortAscii(String text) {
        int chars = text.length();
        reserve(chars + 1);
        int at = length;
        bytes[at++] = (byte) chars;
        for (int i = 0; i < chars; i++) {
            char c = text.charAt(i);
            if (c > 0x7F) {
                return false;
            }
            bytes[at++] = (byte) c;
        }
        length = at;
        return true;
    }

    private static void checkPaired(String text) throws UnrecordableException {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                    throw new UnrecordableException("the text '" + Printable.text(text) + "' has no UTF-8 form");
                }
                i++;
            }
        }
    }

    /**
     * Appends the path's text. A path whose bytes are not valid text lists fine but is another one when it is made from
     * its text again.
     *
     * @throws UnrecordableException when that is so
     */
    public PayloadWriter path(Path path) throws IOException {
        String text = path.toString();
        try {
            if (path.getFileSystem().getPath(text).equals(path)) {
                return text(text);
            }
        } catch (InvalidPathException e) {
            // It is refused, too.
        }
        throw new UnrecordableException(
                "the path '" + Printable.text(text) + "' is not the same when made from its text");
    }

    private void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, count)));
        }
    }
}
