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
final class BackwardReader extends RecordReader {
    private BackwardReader(Path file, FileChannel channel, long position) {
        super(file, channel);
        this.position = position;
    }

    static BackwardReader open(Path file, long limit, LogChannels channels) throws IOException {
        FileChannel channel = channels.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        try {
            long size = channel.size();
            if (limit > size) {
                throw new DamagedLogException(file, size, "expected " + limit + " bytes of records, found an end");
            }
            if (limit >= LogFormat.HEADER) {
                LogFormat.checkHeader(
                        file, LogFormat.read(channel, 0, LogFormat.HEADER).array());
            }
            return new BackwardReader(file, channel, limit);
        } catch (IOException e) {
            try (channel) {
                throw e;
            }
        }
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
        int lengthField = ~buffer.getInt(buffered(position - LogFormat.FRAME_END, LogFormat.FRAME_END));
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

    /** What is wanted next lies before this. */
    @Override
    long startOfBuffer(long from, int count) {
        return Math.max(0, from + count - BUFFER);
    }
}
