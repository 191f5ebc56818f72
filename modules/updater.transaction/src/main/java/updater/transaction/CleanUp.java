package updater.transaction;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.fs.SortedNames;
import updater.fs.TreeRemoval;
import updater.transaction.backup.Leftovers;
import updater.transaction.context.EventLog;
import updater.transaction.context.UpdateContext;
import updater.transaction.rollback.BestEffort;

/**
 * The removal of what an update leaves, once its outcome is durable.
 *
 * <p>The order matters. The journal goes when all is done but what a repetition would do again; the guard is disarmed
 * after it, for a guard that finds no journal disarms itself; and the staged runtime goes last of all, since this process
 * may be running from it and could not start another command without it.
 */
record CleanUp(UpdateContext context, EventLog log) {
    /** Removes backup, journal, guard and {@code home/tmp}. Idempotent. What cannot be removed is logged, not failed for. */
    void afterOutcome() throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        problems.tryTo("place the launcher", this::placeLauncher);
        problems.tryTo("remove the staged tree", this::clearTmpButRuntime);
        problems.tryTo("remove the journal", () -> Leftovers.discard(context));
        problems.tryTo("disarm the guard", () -> context.service().guard().disarm());
        problems.tryTo("remove " + context.layout().tmp(), this::removeTmp);
    }

    /** Leaves the backup and the journal, for the recovery that an operator starts. */
    void afterIncompleteRollback() throws InterruptedException {
        BestEffort problems = new BestEffort(log);
        problems.tryTo("place the launcher", this::placeLauncher);
        problems.tryTo("disarm the guard", () -> context.service().guard().disarm());
    }

    /** Removes what was prepared by an update that never requested the stop, and leaves the staged tree alone. */
    void afterAbort() throws IOException, UpdateFailure.Service {
        Leftovers.discard(context);
        context.service().guard().disarm();
    }

    /** After every update, the first one included, an operator finds the launcher in home. */
    private void placeLauncher() throws IOException {
        String name = context.layout().launcherName();
        try (Directory home = context.disk().open(context.layout().home());
                Directory state = context.disk().open(context.layout().state())) {
            Optional<byte[]> launcher = SmallFile.read(state, name, 1 << 20);
            if (launcher.isEmpty()) {
                return;
            }
            Optional<byte[]> there = SmallFile.read(home, name, 1 << 20);
            if (there.isEmpty() || !Arrays.equals(there.get(), launcher.get())) {
                SmallFile.replace(home, name, launcher.get(), 0755);
            }
        }
    }

    private void clearTmpButRuntime() throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            clear(opened.directory(context.layout().home(), "tmp"), "latest", "rollback");
            clear(opened.directory(context.layout().home(), HomeLayout.STAGED), HomeLayout.STAGED_RUNTIME);
        } catch (NoSuchFileException e) {
            // There is no such directory: nothing is left to clear.
        }
    }

    private static void clear(Directory directory, String... kept) throws IOException {
        directory.renameUnusable();
        SortedNames.forEach(directory, name -> {
            if (!List.of(kept).contains(name)) {
                TreeRemoval.remove(directory, name);
            }
        });
    }

    private void removeTmp() throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            TreeRemoval.remove(home, "tmp");
        }
    }
}
