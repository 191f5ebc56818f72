package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import updater.api.Bytes;
import updater.api.FileEntry;

/**
 * A pinned file that passes everything on to another one; subclasses override what they change. {@link #readStart} is left
 * as {@link Pinned} builds it on {@link #read}.
 */
public abstract class ForwardingPinned implements Pinned {
    /** The pinned file below. */
    protected final Pinned pinned;

    protected ForwardingPinned(Pinned pinned) {
        this.pinned = pinned;
    }

    @Override
    public FileEntry entry() {
        return pinned.entry();
    }

    @Override
    public Path display() {
        return pinned.display();
    }

    @Override
    public Path path() throws IOException {
        return pinned.path();
    }

    @Override
    public FileChannel read() throws IOException {
        return pinned.read();
    }

    @Override
    public FileChannel write() throws IOException {
        return pinned.write();
    }

    @Override
    public Extent data(long position) throws IOException {
        return pinned.data(position);
    }

    @Override
    public void own(long uid, long gid) throws IOException {
        pinned.own(uid, gid);
    }

    @Override
    public void chmod(int mode) throws IOException {
        pinned.chmod(mode);
    }

    @Override
    public void touch(Instant modified) throws IOException {
        pinned.touch(modified);
    }

    @Override
    public Writers writers() throws IOException {
        return pinned.writers();
    }

    @Override
    public Map<String, Bytes> attributes() throws IOException {
        return pinned.attributes();
    }

    @Override
    public void setAttributes(Map<String, Bytes> exactly) throws IOException {
        pinned.setAttributes(exactly);
    }

    @Override
    public void force() throws IOException {
        pinned.force();
    }

    @Override
    public void close() throws IOException {
        pinned.close();
    }

    @Override
    public String toString() {
        return pinned.toString();
    }
}
