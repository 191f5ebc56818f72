package updater.bundle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import updater.archive.EntryName;

/**
 * The check that the members of a zip lie one behind the other, from its first byte to its directory (PKWARE's APPNOTE
 * §4.3.6). In a gap there may be members that its directory does not name: readers that go by what comes first see them.
 */
final class ZipGaps {
    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int DIRECTORY_HEADER = 0x02014b50;
    private static final int DIRECTORY_END = 0x06054b50;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int NAME_LENGTH = 26;
    private static final int EXTRA_LENGTH = 28;

    /** CRC and two sizes of 4 or 8 bytes, with a signature or without: what may follow a content that was streamed. */
    private static final int[] DESCRIPTOR_BYTES = {0, 16, 24, 12, 20};

    private final SeekableByteChannel channel;
    private long position;
    private boolean descriptor;

    ZipGaps(SeekableByteChannel channel) {
        this.channel = channel;
    }

    /** Takes the next member in the order of the file. */
    void add(ZipArchiveEntry entry) throws IOException {
        for (int skipped : DESCRIPTOR_BYTES) {
            if ((skipped == 0 || descriptor) && contentOfMemberAt(position + skipped) == entry.getDataOffset()) {
                position = entry.getDataOffset() + entry.getCompressedSize();
                descriptor = entry.getGeneralPurposeBit().usesDataDescriptor();
                return;
            }
        }
        throw new IOException("'" + EntryName.printable(entry.getName())
                + "' does not begin where what is before it ends, at byte " + position);
    }

    /** Sees that the directory follows the last member. */
    void end() throws IOException {
        for (int skipped : DESCRIPTOR_BYTES) {
            if (skipped == 0 || descriptor) {
                int signature = read(position + skipped, Integer.BYTES).getInt(0);
                if (signature == DIRECTORY_HEADER || signature == DIRECTORY_END) {
                    return;
                }
            }
        }
        throw new IOException("its directory does not begin where its last member ends, at byte " + position);
    }

    private long contentOfMemberAt(long start) throws IOException {
        ByteBuffer header = read(start, LOCAL_HEADER_BYTES);
        if (header.getInt(0) != LOCAL_HEADER) {
            return -1;
        }
        return start
                + LOCAL_HEADER_BYTES
                + Short.toUnsignedInt(header.getShort(NAME_LENGTH))
                + Short.toUnsignedInt(header.getShort(EXTRA_LENGTH));
    }

    /** Returns so many bytes, zeros where the file has ended. */
    private ByteBuffer read(long start, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        channel.position(start);
        int count = 0;
        while (buffer.hasRemaining() && count >= 0) {
            count = channel.read(buffer);
        }
        return buffer;
    }
}
