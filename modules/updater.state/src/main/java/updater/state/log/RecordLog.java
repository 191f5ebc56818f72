package updater.state.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file of checked records that grows at its end and can be read forwards and backwards.
 *
 * <p>Nothing is durable before {@link #force()} has returned, and then only if the directory holding the file is forced
 * too, which is left to the caller. A write that fails is taken back as far as possible, and the log can be used on. After
 * a failed force it cannot: what reached the disk is unknown, and a second force would report success for lost data.
 */
public final class RecordLog implements Closeable {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

    /** Bytes of the file that hold whole records and its header. */
    private long written;

    private long forced;
    private boolean broken;

    private RecordLog(Path file, FileChannel channel, long written, long forced) {
        this.file = file;
        this.channel = channel;
        this.written = written;
        this.forced = forced;
    }

    /**
     * Creates an empty log, readable and writable by its owner only. Forces nothing.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is something at that path, even a dangling link
     */
    public static RecordLog create(Path file, LogChannels channels) throws IOException {
        FileChannel channel = channels.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                ownerOnly(file));
        RecordLog log = new RecordLog(file, channel, 0, 0);
        log.buffer.put(LogFormat.header());
        return log;
    }

    private static FileAttribute<?>[] ownerOnly(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /**
     * Opens an existing log behind its last whole record; a torn tail is cut off. Forces nothing.
     *
     * @throws DamagedLogException when it is damaged elsewhere; it is left as it is
     * @throws FutureFormatException when a newer updater wrote it; it is left as it is
     */
    public static RecordLog openForAppend(Path file, LogChannels channels) throws IOException {
        long end = endOfRecords(file, channels);
        FileChannel channel = channels.open(file, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        try {
            channel.truncate(end);
        } catch (IOException e) {
            try (channel) {
                throw e;
            }
        }
        RecordLog log = new RecordLog(file, channel, end, 0);
        if (end == 0) {
            log.buffer.put(LogFormat.header());
        }
        return log;
    }

    private static long endOfRecords(Path file, LogChannels channels) throws IOException {
        try (RecordReader reader = forward(file, channels)) {
            while (reader.next().isPresent()) {
                // Only the position counts.
            }
            return reader.position();
        }
    }

    /** Opens the log for reading from its first record to its last; see {@link RecordReader}. */
    public static RecordReader forward(Path file, LogChannels channels) throws IOException {
        return ForwardReader.open(file, channels);
    }

    /**
     * Opens the log for reading from its last record to its first; see {@link RecordReader}.
     *
     * @param limit where the last record to be read ends, in bytes: a {@link RecordReader#position()} of a forward reader
     */
    public static RecordReader backward(Path file, long limit, LogChannels channels) throws IOException {
        return BackwardReader.open(file, limit, channels);
    }

    /**
     * Appends a record. It may stay in memory until {@link #flush()}, {@link #force()} or {@link #close()}.
     *
     * @throws IOException when records could not be written: none of those still in memory is in the log then
     */
    public void append(byte[] payload) throws IOException {
        checkUsable();
        if (payload.length > LogFormat.MAX_PAYLOAD) {
            throw new IOException("a record of " + payload.length + " bytes is too long for " + file + ": at most "
                    + LogFormat.MAX_PAYLOAD);
        }
        int lengthField = LogFormat.lengthField(payload.length, forced == end());
        int checksum = LogFormat.checksum(lengthField, payload);
        int size = LogFormat.OVERHEAD + payload.length;
        if (buffer.remaining() < size) {
            flush();
        }
        boolean fits = buffer.remaining() >= size;
        ByteBuffer frame = fits ? buffer : ByteBuffer.allocate(size);
        frame.putInt(lengthField).putInt(checksum).put(payload).putInt(~lengthField);
        if (!fits) {
            write(frame.flip());
        }
    }

    /** Returns where in the file a record of that many bytes would end if it were the next one. */
    public long endWith(int length) {
        return end() + LogFormat.OVERHEAD + length;
    }

    private long end() {
        return written + buffer.position();
    }

    /** Hands every appended record to the operating system: they survive the end of this process, not a power cut. */
    public void flush() throws IOException {
        checkUsable();
        buffer.flip();
        try {
            write(buffer);
        } finally {
            buffer.clear();
        }
    }

    /** Makes every appended record durable: they survive a power cut. Idempotent. */
    public void force() throws IOException {
        flush();
        if (forced == written) {
            return;
        }
        try {
            channel.force(true);
        } catch (IOException e) {
            broken = true;
            throw naming(e);
        }
        forced = written;
    }

    private void write(ByteBuffer bytes) throws IOException {
        long at = written;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            takeBack(e);
            throw naming(e);
        }
        written = at;
    }

    /** The failures of a channel name no path. */
    private IOException naming(IOException failure) {
        if (failure.getClass() != IOException.class) {
            return failure;
        }
        IOException named = new FileSystemException(file.toString(), null, failure.getMessage());
        named.initCause(failure);
        return named;
    }

    /** Half a record in the middle would be damage; at the end of the file it is a torn tail, which is harmless. */
    private void takeBack(IOException failure) {
        try {
            channel.truncate(written);
            // Without a header, whatever would be added later could not be read.
            broken = written == 0;
        } catch (IOException e) {
            broken = true;
            failure.addSuppressed(e);
        }
    }

    private void checkUsable() throws IOException {
        if (broken) {
            throw new IOException(
                    "nothing can be added to " + file + " any more, after an earlier failure to write it");
        }
    }

    /** Flushes, without forcing, and closes. Idempotent. */
    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            if (!broken) {
                flush();
            }
        }
    }
}
