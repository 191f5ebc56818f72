package updater.app.offer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The bytes that the taking of a bundle needs, as far as the bundle itself tells. */
public final class UnpackedSize {
    private UnpackedSize() {}

    /**
     * Returns the bytes of a tarball and of what is in it, by the last four bytes of a gzip member, ISIZE (RFC 1952), which
     * are the size below 4 GiB; 0 where nothing tells.
     */
    public static long of(Path bundle) {
        if (!Files.isRegularFile(bundle, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        try (FileChannel file = FileChannel.open(bundle)) {
            ByteBuffer last = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            long size = file.size();
            if (size < last.capacity() || file.read(last, size - last.capacity()) < last.capacity()) {
                return 0;
            }
            return size + Integer.toUnsignedLong(last.getInt(0));
        } catch (IOException e) {
            return 0;
        }
    }
}
