package updater.transaction.context;

import java.io.IOException;
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
            if (state.lookup(StateFiles.SHIPPED_PENDING).isPresent()) {
                if (replaced && state.lookup(StateFiles.SHIPPED).isPresent()) {
                    state.rename(StateFiles.SHIPPED, state, StateFiles.PREVIOUS_SHIPPED);
                }
                state.rename(StateFiles.SHIPPED_PENDING, state, StateFiles.SHIPPED);
                state.force();
            }
        }
    }
}
