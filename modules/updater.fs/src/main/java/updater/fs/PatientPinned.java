package updater.fs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.Map;
import updater.api.Bytes;

/** A pinned file on which what fails while another process has it open is tried again. */
final class PatientPinned extends ForwardingPinned {
    private final Patience patience;

    PatientPinned(Patience patience, Pinned pinned) {
        super(pinned);
        this.patience = patience;
    }

    @Override
    public FileChannel read() throws IOException {
        return patience.attempt(pinned::read);
    }

    @Override
    public FileChannel write() throws IOException {
        return patience.attempt(pinned::write);
    }

    @Override
    public void own(long uid, long gid) throws IOException {
        patience.change(() -> pinned.own(uid, gid));
    }

    @Override
    public void chmod(int mode) throws IOException {
        patience.change(() -> pinned.chmod(mode));
    }

    @Override
    public void touch(Instant modified) throws IOException {
        patience.change(() -> pinned.touch(modified));
    }

    @Override
    public Map<String, Bytes> attributes() throws IOException {
        return patience.attempt(pinned::attributes);
    }

    @Override
    public void setAttributes(Map<String, Bytes> exactly) throws IOException {
        patience.change(() -> pinned.setAttributes(exactly));
    }

    @Override
    public void force() throws IOException {
        patience.change(pinned::force);
    }
}
