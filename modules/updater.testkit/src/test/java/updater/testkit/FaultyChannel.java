package updater.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A channel whose every change is left to {@link ChannelFaults}; reads are passed on. */
public final class FaultyChannel extends FileChannel {
    private final ChannelFaults faults;
    private final Path path;
    private final FileChannel channel;

    public FaultyChannel(ChannelFaults faults, Path path, FileChannel channel) {
        this.faults = faults;
        this.path = path;
        this.channel = channel;
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
    public int read(ByteBuffer target, long position) throws IOException {
        return channel.read(target, position);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return faults.<Integer>changing("write", path, () -> fitting(source, channel.position(), channel::write));
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return faults.<Long>changing("write", path, () -> {
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                written += fitting(sources[i], channel.position(), channel::write);
                if (sources[i].hasRemaining()) {
                    break;
                }
            }
            return written;
        });
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        return faults.<Integer>changing(
                "write", path, () -> fitting(source, position, part -> channel.write(part, position)));
    }

    private interface Write {
        int of(ByteBuffer source) throws IOException;
    }

    private int fitting(ByteBuffer source, long position, Write write) throws IOException {
        int limit = source.limit();
        source.limit(source.position() + faults.fitting(channel, position, source.remaining()));
        try {
            return write.of(source);
        } finally {
            source.limit(limit);
        }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        return faults.changing("truncate", path, () -> {
            channel.truncate(size);
            return this;
        });
    }

    @Override
    public void force(boolean metadata) throws IOException {
        faults.changing("force", path, () -> {
            channel.force(metadata);
            return this;
        });
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return channel.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
        return faults.<Long>changing(
                "write",
                path,
                () -> channel.transferFrom(
                        source, position, faults.fitting(channel, position, (int) Math.min(count, Integer.MAX_VALUE))));
    }

    @Override
    public long position() throws IOException {
        return channel.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        channel.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        if (mode != MapMode.READ_ONLY) {
            throw new UnsupportedOperationException("a change that no fault would see");
        }
        return channel.map(mode, position, size);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return channel.lock(position, size, shared);
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        channel.close();
    }
}
