package updater.transaction.context;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.state.document.Hold;

/** Whether an operator holds updates back, in the state directory. Recoveries are not held back. */
public record HoldFile(Disk disk, HomeLayout layout) {
    private static final int MAX_BYTES = 1 << 16;

    private static final int OWNER_ONLY = 0600;

    /**
     * Returns what holds updates back at a moment; empty when nothing does.
     *
     * @throws IOException when the file is there and cannot be read: whoever made it did not want an update
     */
    public Optional<Hold> at(Instant moment) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> json = SmallFile.read(state, StateFiles.HOLD, MAX_BYTES);
            if (json.isEmpty()) {
                return Optional.empty();
            }
            Optional<Hold> hold = Hold.read(json.get());
            if (hold.isEmpty()) {
                throw new IOException(keepsBack(layout.state().resolve(StateFiles.HOLD) + " is damaged"));
            }
            return hold.filter(found -> found.holdsAt(moment));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    static String keepsBack(String what) {
        return what + ": every update is refused until 'updater unhold' removes it";
    }

    /** Holds updates back from now on. Durable and atomic; takes the place of an earlier one. */
    public void hold(Hold hold) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            SmallFile.replace(state, StateFiles.HOLD, hold.bytes(), OWNER_ONLY);
        }
    }

    /** Holds updates back no longer. Durable and idempotent; returns whether they were. */
    public boolean release() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            Optional<FileEntry> there = state.lookup(StateFiles.HOLD);
            if (there.isEmpty()) {
                return false;
            }
            if (there.get().type() == FileType.DIRECTORY) {
                state.deleteDirectory(StateFiles.HOLD);
            } else {
                state.delete(StateFiles.HOLD);
            }
            state.force();
            return true;
        }
    }
}
