package updater.release;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/** The lines of a stream of any length, hashed while they are read. A line is bounded, ASCII, and ended by LF. */
final class ListLines {
    private final InputStream in;
    private final MessageDigest hash = Grammar.newSha256();
    private final byte[] buffer = new byte[1 << 13];
    private final byte[] line;
    private int position;
    private int limit;
    private int taken;

    ListLines(InputStream in, int longest) {
        this.in = in;
        this.line = new byte[longest];
    }

    /** Returns the next line without its end; empty at the end of the stream. */
    Optional<String> next() throws IOException, ReleaseRefused {
        int length = 0;
        for (int b = read(); b != '\n'; b = read()) {
            if (b < 0) {
                if (length == 0) {
                    return Optional.empty();
                }
                taken++;
                throw refuse("it does not end in LF");
            }
            if (length == line.length || b < ' ' || b > '~') {
                taken++;
                throw refuse(
                        length == line.length
                                ? "it is longer than " + line.length + " bytes"
                                : String.format("byte %d is 0x%02x; expected printable ASCII", length + 1, b));
            }
            line[length++] = (byte) b;
        }
        taken++;
        return Optional.of(new String(line, 0, length, StandardCharsets.US_ASCII));
    }

    private int read() throws IOException {
        if (position == limit) {
            limit = Math.max(in.read(buffer), 0);
            position = 0;
            if (limit == 0) {
                return -1;
            }
            hash.update(buffer, 0, limit);
        }
        return buffer[position++] & 0xff;
    }

    /** Returns the SHA-256 of all that was read; once. */
    String sha256() {
        return Grammar.hex(hash.digest());
    }

    ReleaseRefused refuse(String problem) {
        return new ReleaseRefused(
                ReleaseRefused.Check.FORMAT, "file list, line " + Math.max(taken, 1) + ": " + problem);
    }
}
