package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** The CRC32C (RFC 3720, appendix B.4) of files, computed in constant memory. */
public final class Checksum {
    private static final int BUFFER = 128 * 1024;

    private Checksum() {}

    /** Returns the checksum of a regular file's bytes. */
    public static long crc32c(Directory directory, String name) throws IOException {
        try (FileChannel channel = directory.read(name)) {
            return crc32c(channel);
        }
    }

    /** Returns the checksum of all bytes from the start of the channel, whose position does not change. */
    static long crc32c(FileChannel channel) throws IOException {
        CRC32C checksum = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate(Math.clamp(channel.size(), 1, BUFFER));
        long position = 0;
        int read = channel.read(buffer, position);
        while (read > 0) {
            checksum.update(buffer.flip());
            position += read;
            buffer.clear();
            read = channel.read(buffer, position);
        }
        return checksum.getValue();
    }
}
