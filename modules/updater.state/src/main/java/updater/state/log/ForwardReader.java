package updater.state.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/** A reader of a log from its first record on, which judges what follows the last whole one. */
final class ForwardReader extends RecordReader {
    private final long size;
    private boolean torn;

    private ForwardReader(Path file, FileChannel channel) throws IOException {
        super(file, channel);
        this.size = channel.size();
    }

    static ForwardReader open(Path file, LogChannels channels) throws IOException {
        FileChannel channel = channels.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        try {
            ForwardReader reader = new ForwardReader(file, channel);
            reader.readHeader();
            return reader;
        } catch (IOException e) {
            try (channel) {
                throw e;
            }
        }
    }

    private void readHeader() throws IOException {
        torn = size < LogFormat.HEADER || new TornTail(file, channel, size).headerLost();
        if (!torn) {
            LogFormat.checkHeader(file, bytes(0, LogFormat.HEADER));
            position = LogFormat.HEADER;
        }
    }

    @Override
    public Optional<byte[]> next() throws IOException {
        if (torn || position == size) {
            return Optional.empty();
        }
        Optional<byte[]> payload = frame();
        if (payload.isPresent()) {
            position += LogFormat.OVERHEAD + payload.get().length;
            return payload;
        }
        new TornTail(file, channel, size).check(position);
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

    @Override
    long startOfBuffer(long from, int count) {
        return from;
    }

    @Override
    public boolean torn() {
        return torn;
    }
}
