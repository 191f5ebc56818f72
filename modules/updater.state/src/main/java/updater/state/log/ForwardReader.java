package updater.state.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/** A reader of a log from its first record on, which judges what follows the last whole one. */
final class ForwardReader implements RecordReader {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

    /** Where the bytes of {@link #buffer} begin in the file. */
    private long bufferStart;

    private long position;
    private boolean ended;
    private boolean torn;

    private ForwardReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
    }

    static ForwardReader open(Path file, LogChannels channels) throws IOException {
        FileChannel channel = channels.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        try {
            ForwardReader reader = new ForwardReader(file, channel);
            reader.readHeader();
            return reader;
        } catch (IOException e) {
            RecordLog.closeAfter(e, channel);
            throw e;
        }
    }

    private void readHeader() throws IOException {
        if (size >= LogFormat.HEADER && !new TornTail(file, channel, size).headerLost()) {
            LogFormat.checkHeader(file, bytes(0, LogFormat.HEADER));
            position = LogFormat.HEADER;
        } else {
            ended = true;
            torn = true;
        }
    }

    @Override
    public Optional<byte[]> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        if (position == size) {
            ended = true;
            return Optional.empty();
        }
        Optional<byte[]> payload = frame();
        if (payload.isPresent()) {
            position += LogFormat.OVERHEAD + payload.get().length;
            return payload;
        }
        new TornTail(file, channel, size).check(position);
        ended = true;
        torn = true;
        return Optional.empty();
    }

    private Optional<byte[]> frame() throws IOException {
        long left = size - position;
        if (left < LogFormat.OVERHEAD) {
            return Optional.empty();
        }
        int start = buffered(position, LogFormat.FRAME_START);
        int lengthField = buffer.getInt(start);
        int checksum = buffer.getInt(start + Integer.BYTES);
        int length = LogFormat.length(lengthField);
        if (length > LogFormat.MAX_PAYLOAD || length > left - LogFormat.OVERHEAD) {
            return Optional.empty();
        }
        byte[] payload = bytes(position + LogFormat.FRAME_START, length);
        int end = buffer.getInt(buffered(position + LogFormat.FRAME_START + length, LogFormat.FRAME_END));
        boolean whole = end == ~lengthField && checksum == LogFormat.checksum(lengthField, payload);
        return whole ? Optional.of(payload) : Optional.empty();
    }

    private byte[] bytes(long from, int count) throws IOException {
        byte[] bytes = new byte[count];
        if (count > BUFFER) {
            LogFormat.readFully(channel, ByteBuffer.wrap(bytes), from);
            return bytes;
        }
        buffer.get(buffered(from, count), bytes);
        return bytes;
    }

    /** Returns where in the buffer so many bytes of the file begin, after reading them if need be. */
    private int buffered(long from, int count) throws IOException {
        if (from < bufferStart || from + count > bufferStart + buffer.limit()) {
            buffer.clear();
            LogFormat.readFully(channel, buffer, from);
            buffer.flip();
            bufferStart = from;
        }
        return (int) (from - bufferStart);
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public boolean torn() {
        return torn;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
