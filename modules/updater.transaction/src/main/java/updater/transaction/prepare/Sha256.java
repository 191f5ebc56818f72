package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 of what is read from a file, in constant memory. */
final class Sha256 {
    private static final int BUFFER = 128 * 1024;

    private Sha256() {}

    /**
     * A checksum.
     *
     * @param bytes how many were hashed
     * @param hex in lower case
     */
    record Sum(long bytes, String hex) {}

    /**
     * Hashes what the file has from its start.
     *
     * @param most after more bytes than this it ends: a file that grows keeps nobody busy
     */
    static Sum of(FileChannel file, long most) throws IOException {
        MessageDigest hash = newHash();
        ByteBuffer buffer = ByteBuffer.allocate(Math.clamp(file.size(), 1, BUFFER));
        long bytes = 0;
        while (bytes <= most && file.read(buffer, bytes) > 0) {
            bytes += buffer.position();
            hash.update(buffer.flip());
            buffer.clear();
        }
        return new Sum(bytes, HexFormat.of().formatHex(hash.digest()));
    }

    static MessageDigest newHash() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
