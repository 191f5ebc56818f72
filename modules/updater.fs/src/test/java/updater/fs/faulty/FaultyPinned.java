package updater.fs.faulty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.Map;
import updater.api.Bytes;
import updater.fs.ForwardingPinned;
import updater.fs.Pinned;
import updater.testkit.FaultyChannel;

/** A pinned file that reports what is done to it to the {@link FaultyDisk} it was reached through. */
final class FaultyPinned extends ForwardingPinned {
    private final FaultyDisk faults;

    FaultyPinned(FaultyDisk faults, Pinned pinned) {
        super(pinned);
        this.faults = faults;
    }

    @Override
    public void readStart(ByteBuffer into) throws IOException {
        faults.reading(display());
        pinned.readStart(into);
    }

    @Override
    public FileChannel read() throws IOException {
        faults.reading(display());
        return pinned.read();
    }

    @Override
    public FileChannel write() throws IOException {
        return new FaultyChannel(faults, display(), pinned.write());
    }

    @Override
    public void own(long uid, long gid) throws IOException {
        faults.change("own", display(), () -> pinned.own(uid, gid));
    }

    @Override
    public void chmod(int mode) throws IOException {
        faults.change("chmod", display(), () -> pinned.chmod(mode));
    }

    @Override
    public void touch(Instant modified) throws IOException {
        faults.change("touch", display(), () -> pinned.touch(modified));
    }

    @Override
    public void setAttributes(Map<String, Bytes> exactly) throws IOException {
        faults.change("setAttributes", display(), () -> pinned.setAttributes(exactly));
    }

    @Override
    public void force() throws IOException {
        faults.change("force", display(), pinned::force);
    }
}
