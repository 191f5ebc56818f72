package updater.state.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Pass everything on to a real channel, but fail what the disk is told to fail. */
public final class FaultyChannel extends FileChannel {
    private final FileChannel channel;
    private final Disk disk;

    private FaultyChannel(FileChannel channel, Disk disk) {
        this.channel = channel;
        this.disk = disk;
    }

    /** Tell every channel what fails from now on. */
    public static final class Disk {
        /** Bytes that can still be written; the write that exceeds them writes as many as that and the next one fails. */
        public long room = Long.MAX_VALUE;

        /** Whether files can only be written within the blocks of 4096 bytes they already have. */
        public boolean full;

        public boolean forceFails;
        public boolean truncateFails;
        public int forces;

        public LogChannels channels() {
            return (file, options, attributes) -> new FaultyChannel(FileChannel.open(file, options, attributes), this);
        }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        if (disk.room == 0) {
            throw new IOException("No space left on device");
        }
        long blocks = (channel.size() + 4095) / 4096;
        if (disk.full && position + source.remaining() > blocks * 4096) {
            throw new IOException("No space left on device");
        }
        int limit = source.limit();
        source.limit((int) Math.min(limit, source.position() + disk.room));
        int written = channel.write(source, position);
        source.limit(limit);
        disk.room -= written;
        return written;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        if (disk.forceFails) {
            throw new IOException("Input/output error");
        }
        disk.forces++;
        channel.force(metaData);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        if (disk.truncateFails) {
            throw new IOException("Input/output error");
        }
        channel.truncate(size);
        return this;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return channel.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return channel.read(targets, offset, length);
    }

    @Override
    public int write(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() throws IOException {
        return channel.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        channel.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return channel.read(target, position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        channel.close();
    }
}
