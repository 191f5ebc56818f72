package updater.transaction.context;

import java.io.IOException;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;

/**
 * The record of what the installed version shipped, in the state directory.
 *
 * <p>An update writes beside it what the new version ships, whole and forced before the stop. That takes its place once the
 * commit is durable and before the journal is removed; with everything else that an update leaves it goes where the update was
 * not committed. So whoever finds the record of the old version under the new one finds a committed journal too, and brings the
 * record forward.
 */
public record ShippedFile(Disk disk, HomeLayout layout) {
    /**
     * Puts the new record in the place of the old one, as the update is committed. Durable and idempotent.
     *
     * @param replaced whether the old one becomes the previous version's: an update that found all in place has replaced
     *     none, and what the last one replaced can still be gone back to
     */
    public void settle(boolean replaced) throws IOException {
        try (Directory state = disk.open(layout.state())) {
            settle(
                    state,
                    StateFiles.SHIPPED_PENDING,
                    StateFiles.SHIPPED,
                    replaced ? Optional.of(StateFiles.PREVIOUS_SHIPPED) : Optional.empty());
        }
    }

    /** @param previous what the old one is called from then on; empty where it goes */
    static void settle(Directory state, String pending, String installed, Optional<String> previous)
            throws IOException {
        if (state.lookup(pending).isPresent()) {
            if (previous.isPresent() && state.lookup(installed).isPresent()) {
                state.rename(installed, state, previous.get());
            }
            state.rename(pending, state, installed);
            state.force();
        }
    }
}
