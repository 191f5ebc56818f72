package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.fs.SortedNames;
import updater.fs.TreeRemoval;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/** What an update makes beside what it installs: backup, manifests, journal, half-written files. */
public final class Leftovers {
    private Leftovers() {}

    /**
     * Removes everything, the journal last: as long as it exists, a recovery knows that there is something to do.
     * Idempotent; the journal's removal is forced.
     */
    public static void discard(UpdateContext context) throws IOException {
        discardButOffered(context);
        StagedTree.discardOffered(context);
    }

    /** As {@link #discard}, but for the tree that was unpacked for the update that is about to begin. */
    public static void discardButOffered(UpdateContext context) throws IOException {
        StagedTree.discardButOffered(context);
        discardState(context);
    }

    /** As {@link #discard}, in a home that was installed anew: an empty {@code tmp} stays, too. */
    public static void discardInOtherHome(UpdateContext context) throws IOException {
        StagedTree.discardOwn(context);
        StagedTree.discardOffered(context);
        discardState(context);
    }

    private static void discardState(UpdateContext context) throws IOException {
        SpaceReserve.release(context);
        BackupTree.discard(context);
        OutsideBackup.discard(context);
        try (Directory state = context.disk().open(context.layout().state())) {
            delete(state, context.layout().state().resolve(StateFiles.DEFINITION));
            TreeRemoval.remove(state, StateFiles.VERIFIED_DEFINITION);
            delete(state, context.layout().state().resolve(StateFiles.TRUST_PENDING));
            delete(state, context.layout().state().resolve(StateFiles.BELIEVED));
            delete(state, context.layout().state().resolve(StateFiles.TREE));
            delete(state, context.layout().state().resolve(StateFiles.TAKES_BACK));
            delete(state, context.layout().state().resolve(StateFiles.SHIPPED_PENDING));
            delete(state, context.layout().state().resolve(StateFiles.PROBATION_PENDING));
            delete(state, context.layout().state().resolve(StateFiles.BESIDE_PENDING));
            delete(state, context.layout().state().resolve(StateFiles.PRODUCT_PENDING));
            delete(state, StateFiles.placed(context.layout()));
            delete(state, StateFiles.changes(context.layout()));
            delete(state, StateFiles.unread(context.layout()));
            delete(state, StateFiles.outside(context.layout()));
            delete(state, StateFiles.pendingRestores(context.layout()));
            delete(state, context.layout().manifest());
            delete(state, context.layout().journal());
            state.force();
        }
    }

    /** Removes what the rollback of an earlier update kept. Idempotent. */
    public static void discardKept(UpdateContext context) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            TreeRemoval.remove(state, HomeLayout.KEPT);
        }
    }

    /**
     * Removes the temporary files that killed or failed writers left in the state directory. The caller holds the lock.
     * Idempotent.
     */
    public static void discardTemporary(UpdateContext context) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            SortedNames.forEach(state, name -> {
                if (SmallFile.isTemporary(name)) {
                    TreeRemoval.remove(state, name);
                }
            });
        }
    }

    private static void delete(Directory state, Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        if (state.lookup(name).isPresent()) {
            state.delete(name);
        }
    }
}
