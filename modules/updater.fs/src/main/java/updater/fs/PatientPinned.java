package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.Map;
import updater.api.Bytes;

/**
 * A pinned file on which what fails while another process has it open is tried again. {@link #readStart} goes through
 * {@link #read} here.
 */
final class PatientPinned extends ForwardingPinned {
    private final BusyFileRetry retry;

    PatientPinned(BusyFileRetry retry, Pinned pinned) {
        super(pinned);
        this.retry = retry;
    }

    @Override
    public FileChannel read() throws IOException {
        return retry.attempt(pinned::read);
    }

    @Override
    public FileChannel write() throws IOException {
        return retry.attempt(pinned::write);
    }

    @Override
    public void own(long uid, long gid) throws IOException {
        retry.change(() -> pinned.own(uid, gid));
    }

    @Override
    public void chmod(int mode) throws IOException {
        retry.change(() -> pinned.chmod(mode));
    }

    @Override
    public void touch(Instant modified) throws IOException {
        retry.change(() -> pinned.touch(modified));
    }

    @Override
    public Writers writers() throws IOException {
        return retry.attempt(pinned::writers);
    }

    @Override
    public Map<String, Bytes> attributes() throws IOException {
        return retry.attempt(pinned::attributes);
    }

    @Override
    public void setAttributes(Map<String, Bytes> exactly) throws IOException {
        retry.change(() -> pinned.setAttributes(exactly));
    }

    @Override
    public void force() throws IOException {
        retry.change(pinned::force);
    }
}
