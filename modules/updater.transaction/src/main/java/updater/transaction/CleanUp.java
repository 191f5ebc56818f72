package updater.transaction;

import java.io.IOException;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;
import updater.transaction.backup.Leftovers;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;
import updater.transaction.rollback.BestEffort;

/**
 * Remove what an update leaves, once its outcome is durable.
 *
 * <p>The order matters. The journal goes when all is done but what a repetition would do again; the guard is disarmed
 * after it, for a guard that finds no journal disarms itself; and the staged runtime goes last of all, since this process
 * may be running from it and could not start another command without it.
 */
final class CleanUp {
    private final UpdateContext context;
    private final EventLog log;

    CleanUp(UpdateContext context, EventLog log) {
        this.context = context;
        this.log = log;
    }

    /** Removes backup, journal, guard and {@code home/tmp}. Idempotent. What cannot be removed is logged, not failed for. */
    void afterOutcome() throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        problems.attempt("place the launcher", this::placeLauncher);
        problems.attempt("remove the staged tree", this::clearTmpButRuntime);
        problems.attempt("remove the journal", () -> Leftovers.discard(context));
        problems.attempt("disarm the guard", () -> context.service().guard().disarm());
        problems.attempt("remove " + context.layout().tmp(), this::removeTmp);
    }

    /** Leaves the backup and the journal, for the next recovery; nobody but an operator starts that. */
    void afterIncompleteRollback() throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        problems.attempt("place the launcher", this::placeLauncher);
        problems.attempt("disarm the guard", () -> context.service().guard().disarm());
    }

    /** Removes what was prepared by an update that never requested the stop, and leaves the staged tree alone. */
    void aborted() throws IOException, UpdateFailure.Service {
        Leftovers.discard(context);
        context.service().guard().disarm();
    }

    /** After every update, the first one included, an operator finds the launcher in home. */
    private void placeLauncher() throws IOException {
        String name = context.layout().launcherName();
        try (Directory home = context.disk().open(context.layout().home());
                Directory state = context.disk().open(context.layout().state())) {
            java.util.Optional<byte[]> launcher = SmallFile.read(state, name, 1 << 20);
            if (launcher.isEmpty()) {
                return;
            }
            java.util.Optional<byte[]> there = SmallFile.read(home, name, 1 << 20);
            if (there.isEmpty() || !java.util.Arrays.equals(there.get(), launcher.get())) {
                SmallFile.replace(home, name, launcher.get(), 0755);
            }
        }
    }

    private void clearTmpButRuntime() throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            if (home.look("tmp").isEmpty()) {
                return;
            }
            try (Directory tmp = home.child("tmp")) {
                clear(tmp, "latest", "rollback");
                if (tmp.look("latest").isPresent()) {
                    try (Directory latest = tmp.child("latest")) {
                        clear(latest, HomeLayout.STAGED_RUNTIME, HomeLayout.STAGED_RUNTIME);
                    }
                }
            }
        }
    }

    private static void clear(Directory directory, String but, String orBut) throws IOException {
        directory.renameUnusable();
        for (String name : directory.names()) {
            if (!name.equals(but) && !name.equals(orBut)) {
                TreeRemoval.remove(directory, name);
            }
        }
    }

    private void removeTmp() throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            TreeRemoval.remove(home, "tmp");
        }
    }
}
