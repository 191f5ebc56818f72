package updater.state.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** A reader of the records of a {@link RecordLog}, one after the other; it holds no more than one of them in memory. */
public abstract sealed class RecordReader implements Closeable permits ForwardReader, BackwardReader {
    static final int BUFFER = 1 << 16;

    final Path file;
    final FileChannel channel;
    final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
    long position;

    /** Where the bytes of {@link #buffer} begin in the file. */
    private long bufferStart;

    RecordReader(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Returns the next record; empty at the end of the records, and from then on.
     *
     * @throws DamagedLogException when there is something else than a whole record or a torn tail
     */
    public abstract Optional<byte[]> next() throws IOException;

    /**
     * Returns, in bytes from the start of the file, where the last returned record ends when reading forwards and where
     * it begins when reading backwards. At the end of a forward reader that is where the whole records end.
     */
    public long position() {
        return position;
    }

    /**
     * Returns whether the file goes on behind its last whole record with what a crash leaves of an unfinished write.
     * Known once {@link #next()} was empty; never set by a backward reader.
     */
    public boolean torn() {
        return false;
    }

    /** Returns where the buffer is to begin, so that it holds these bytes and those that will be wanted next. */
    abstract long startOfBuffer(long from, int count);

    final byte[] bytes(long from, int count) throws IOException {
        if (count > BUFFER) {
            return LogFormat.read(channel, from, count).array();
        }
        byte[] bytes = new byte[count];
        buffer.get(buffered(from, count), bytes);
        return bytes;
    }

    /** Returns where in the buffer so many bytes of the file begin, after reading them if need be. */
    final int buffered(long from, int count) throws IOException {
        if (from < bufferStart || from + count > bufferStart + buffer.limit()) {
            bufferStart = startOfBuffer(from, count);
            buffer.clear();
            LogFormat.readFully(channel, buffer, bufferStart);
            buffer.flip();
        }
        return (int) (from - bufferStart);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
