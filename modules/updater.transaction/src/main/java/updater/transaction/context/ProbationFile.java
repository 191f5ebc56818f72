package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.state.document.Probation;

/** The probation of the installed version, in the state directory. While it is there, the guard stays armed. */
public record ProbationFile(Disk disk, HomeLayout layout) {
    private static final int MAX_BYTES = 1 << 22;
    private static final int OWNER_ONLY = 0600;

    /** Returns the probation under way; empty when there is none, or none that can be read. */
    public Optional<Probation> read() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            return SmallFile.read(state, StateFiles.PROBATION, MAX_BYTES).flatMap(Probation::read);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Returns the probation that an update begins or has begun; empty where it does not. */
    public Optional<Probation> of(String update) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> pending = SmallFile.read(state, StateFiles.PROBATION_PENDING, MAX_BYTES);
            Optional<Probation> next = pending.isPresent() ? Probation.read(pending.get()) : read();
            return next.filter(found -> found.installed().update().equals(update));
        }
    }

    /** Notes what is known by now. Durable and atomic. */
    public void write(Probation probation) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            SmallFile.replace(state, StateFiles.PROBATION, probation.json(), OWNER_ONLY);
        }
    }

    /**
     * Notes what takes its place when the update under way is committed: that update's own, or none. Atomic; forced with what
     * follows.
     */
    public void pend(Optional<Probation> next) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            byte[] json = next.map(Probation::json).orElse(new byte[0]);
            SmallFile.replace(state, StateFiles.PROBATION_PENDING, json, OWNER_ONLY);
        }
    }

    /** Does what was noted. Durable and idempotent. */
    public void settle() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> pending = SmallFile.read(state, StateFiles.PROBATION_PENDING, MAX_BYTES);
            if (pending.isEmpty()) {
                return;
            }
            Optional<Probation> next = Probation.read(pending.get());
            if (next.isPresent()) {
                write(next.get());
            } else {
                end();
            }
            state.delete(StateFiles.PROBATION_PENDING);
        }
    }

    /** Ends it. Durable and idempotent. */
    public void end() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            if (state.lookup(StateFiles.PROBATION).isPresent()) {
                state.delete(StateFiles.PROBATION);
                state.force();
            }
        }
    }
}
