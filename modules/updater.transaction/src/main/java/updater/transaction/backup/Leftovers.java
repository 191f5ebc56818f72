package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/** Remove what an update makes beside what it installs: backup, manifests, journal, files half written. */
public final class Leftovers {
    private Leftovers() {}

    /**
     * Removes everything, the journal last: as long as it is there, a recovery knows that there is something to do.
     * Idempotent; the journal's removal is forced.
     */
    public static void discard(UpdateContext site) throws IOException {
        SpaceReserve.release(site);
        BackupTree.discard(site);
        OutsideBackup.discard(site);
        try (Directory state = site.disk().open(site.layout().state())) {
            delete(state, site.layout().state().resolve(StateFiles.DEFINITION));
            delete(state, StateFiles.changes(site.layout()));
            delete(state, StateFiles.outside(site.layout()));
            delete(state, StateFiles.unrestored(site.layout()));
            delete(state, site.layout().manifest());
            delete(state, site.layout().journal());
            state.force();
        }
    }

    /** Removes what the undo of an earlier update kept. Idempotent. */
    public static void discardKept(UpdateContext site) throws IOException {
        try (Directory state = site.disk().open(site.layout().state())) {
            TreeRemoval.remove(state, HomeLayout.KEPT);
        }
    }

    /**
     * Removes what writers of the state directory that were killed, or failed, left beside the files they were to replace.
     * Only for who holds the lock. Idempotent.
     */
    public static void discardTemporary(UpdateContext site) throws IOException {
        try (Directory state = site.disk().open(site.layout().state())) {
            for (String name : state.names()) {
                if (SmallFile.isTemporary(name)) {
                    TreeRemoval.remove(state, name);
                }
            }
        }
    }

    private static void delete(Directory state, Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        if (state.look(name).isPresent()) {
            state.delete(name);
        }
    }
}
