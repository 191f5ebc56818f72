package updater.app.offer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;

/** The bytes that the taking of a bundle needs, as far as the bundle itself tells. */
public final class UnpackedSize {
    private UnpackedSize() {}

    /**
     * Returns the bytes of a tarball and of what is in it, by the last four bytes of a gzip member, ISIZE (RFC 1952), which
     * are the size below 4 GiB; 0 where nothing tells. Never waits: nobody has said yet whose the file is.
     */
    public static long of(Disk disk, Path bundle) {
        Path shown = bundle.toAbsolutePath().normalize();
        Path parent = shown.getParent();
        Path name = shown.getFileName();
        if (parent == null || name == null) {
            return 0;
        }
        try (Directory in = disk.open(parent.toRealPath());
                Pinned pinned = in.pinFile(name.toString());
                FileChannel file = pinned.read()) {
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
