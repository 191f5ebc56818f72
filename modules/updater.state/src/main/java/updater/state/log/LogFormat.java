package updater.state.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The layout of a record log, big-endian throughout.
 *
 * <pre>
 * header: u32 magic · u16 version · u16 check of the six bytes before
 * frame:  u32 length and barrier bit · u32 CRC32C of that field and the payload · payload · u32 complement of the first field
 * </pre>
 *
 * <p>The last field lets a reader walk backwards; as a complement it is never zero, and zero is what a sector holds that
 * never reached the disk. The barrier bit says that everything before the frame had been forced when it was written: a
 * bad frame before such a one cannot be explained by a crash.
 */
final class LogFormat {
    static final int VERSION = 1;
    static final int HEADER = 8;
    static final int FRAME_START = 8;
    static final int FRAME_END = 4;
    static final int OVERHEAD = FRAME_START + FRAME_END;
    static final int MAX_PAYLOAD = 64 << 20;

    /** The unit in which a power cut loses data: real disks have 512 or 4096 bytes, both multiples of this. */
    static final int SECTOR = 512;

    private static final int MAGIC = 0x89_55_50_4C;
    private static final int BARRIER = 0x8000_0000;

    private LogFormat() {}

    static ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(HEADER).putInt(MAGIC).putShort((short) VERSION);
        return header.putShort(headerCheck(header.array())).flip();
    }

    private static short headerCheck(byte[] header) {
        CRC32C crc = new CRC32C();
        crc.update(header, 0, 6);
        return (short) crc.getValue();
    }

    /** Checks the first {@link #HEADER} bytes of a log. */
    static void checkHeader(Path file, byte[] header) throws IOException {
        ByteBuffer fields = ByteBuffer.wrap(header);
        int magic = fields.getInt();
        int version = fields.getShort() & 0xFFFF;
        if (magic != MAGIC || fields.getShort() != headerCheck(header)) {
            throw new DamagedLogException(file, 0, "expected the header of a record log, found other bytes");
        }
        if (version > VERSION) {
            throw new FutureFormatException(file, "expected log version " + VERSION + " at most, found " + version);
        }
    }

    static int lengthField(int length, boolean barrier) {
        return barrier ? length | BARRIER : length;
    }

    static int length(int lengthField) {
        return lengthField & ~BARRIER;
    }

    static boolean barrier(int lengthField) {
        return (lengthField & BARRIER) != 0;
    }

    static int checksum(int lengthField, byte[] payload) {
        CRC32C crc = new CRC32C();
        for (int shift = 24; shift >= 0; shift -= 8) {
            crc.update(lengthField >>> shift & 0xFF);
        }
        crc.update(payload);
        return (int) crc.getValue();
    }

    /** Returns so many bytes from that position of the file; those that it does not have are zero. */
    static ByteBuffer read(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        readFully(channel, bytes, position);
        return bytes.rewind();
    }

    /** Fills the buffer from that position of the file, or as far as the file goes. */
    static void readFully(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, at);
            if (read < 0) {
                return;
            }
            at += read;
        }
    }
}
