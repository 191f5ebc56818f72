package updater.app.offer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.transaction.context.Progress;

/** The copy of a file that others may be changing, hashed while it is made: what was hashed is what is kept. */
final class HashedCopy {
    private HashedCopy() {}

    /**
     * Copies a file that was opened once.
     *
     * @param size how many bytes it has to have
     * @param progress is told how many of them are copied
     * @return SHA-256 of what was copied
     * @throws IOException also when it has more or less bytes
     */
    static String copy(Pinned from, long size, Directory to, String name, Progress progress) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        long count = 0;
        try (FileChannel source = from.read();
                FileChannel target = to.create(name, 0600)) {
            while (source.read(buffer.clear()) >= 0) {
                buffer.flip();
                count += buffer.remaining();
                if (count > size) {
                    throw new IOException("it has more bytes than the " + size + " it had when it was opened");
                }
                digest.update(buffer.duplicate());
                while (buffer.hasRemaining()) {
                    target.write(buffer);
                }
                progress.bytesDone(count, size);
            }
        }
        if (count < size) {
            throw new IOException("it has " + count + " bytes of the " + size + " it had when it was opened");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
