package updater.state.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/** A reader of a log from a known end of its records back to its first. */
final class BackwardReader implements RecordReader {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

    /** Where the bytes of {@link #buffer} begin in the file. */
    private long bufferStart;

    private long position;

    private BackwardReader(Path file, FileChannel channel, long position) {
        this.file = file;
        this.channel = channel;
        this.position = position;
    }

    static BackwardReader open(Path file, long limit, LogChannels channels) throws IOException {
        FileChannel channel = channels.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        try {
            long size = channel.size();
            if (limit > size) {
                throw new DamagedLogException(file, size, "expected " + limit + " bytes of records, found an end");
            }
            BackwardReader reader = new BackwardReader(file, channel, limit);
            if (limit >= LogFormat.HEADER) {
                LogFormat.checkHeader(file, reader.header());
            }
            return reader;
        } catch (IOException e) {
            RecordLog.closeAfter(e, channel);
            throw e;
        }
    }

    private byte[] header() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(LogFormat.HEADER);
        LogFormat.readFully(channel, header, 0);
        return header.array();
    }

    @Override
    public Optional<byte[]> next() throws IOException {
        if (position <= LogFormat.HEADER) {
            return Optional.empty();
        }
        long room = position - LogFormat.HEADER - LogFormat.OVERHEAD;
        if (room < 0) {
            throw damaged();
        }
        int lengthField = ~ByteBuffer.wrap(bytes(position - LogFormat.FRAME_END, LogFormat.FRAME_END))
                .getInt();
        int length = LogFormat.length(lengthField);
        if (length > room || length > LogFormat.MAX_PAYLOAD) {
            throw damaged();
        }
        ByteBuffer frame =
                ByteBuffer.wrap(bytes(position - LogFormat.OVERHEAD - length, LogFormat.FRAME_START + length));
        int start = frame.getInt();
        int checksum = frame.getInt();
        byte[] payload = new byte[length];
        frame.get(payload);
        if (start != lengthField || checksum != LogFormat.checksum(lengthField, payload)) {
            throw damaged();
        }
        position -= LogFormat.OVERHEAD + length;
        return Optional.of(payload);
    }

    private DamagedLogException damaged() {
        return new DamagedLogException(file, position, "expected a record to end here, found other bytes before it");
    }

    private byte[] bytes(long from, int count) throws IOException {
        byte[] bytes = new byte[count];
        if (count > BUFFER) {
            LogFormat.readFully(channel, ByteBuffer.wrap(bytes), from);
            return bytes;
        }
        if (from < bufferStart || from + count > bufferStart + buffer.limit()) {
            // What is wanted next lies before this: fill the buffer so that it ends here.
            bufferStart = Math.max(0, from + count - BUFFER);
            buffer.clear().limit((int) (from + count - bufferStart));
            LogFormat.readFully(channel, buffer, bufferStart);
            buffer.flip();
        }
        buffer.get((int) (from - bufferStart), bytes);
        return bytes;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public boolean torn() {
        return false;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
