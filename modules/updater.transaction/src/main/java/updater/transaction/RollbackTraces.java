package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import updater.api.Place;
import updater.api.Step;
import updater.fs.DirectoryChain;
import updater.state.journal.JournalView;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.HomeBackup;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The traces of a rollback that had begun and whose record is lost: the old agent, which ran since, may have written what
 * the status file says. A rollback leaves a list where it could not finish, and uses up the backups of what was replaced,
 * but not the directories they are in. What the agent removed as it stopped has no backup either, and is not in the
 * manifest.
 */
record RollbackTraces(UpdateContext context, JournalView view) {
    /** Stops looking after this many missing backups. */
    private static final int MAX_MISSING_CHECKED = 1_000;

    /** Returns whether there are any. */
    boolean found() throws IOException {
        if (Files.exists(StateFiles.pendingRestores(context.layout()), LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        Set<String> gone = new HashSet<>();
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            view.<IOException>forEachStepForward((index, step) -> {
                boolean wanted = gone.size() < MAX_MISSING_CHECKED;
                if (wanted && step instanceof Step.PlaceFile file && file.replaces() && file.byRename()) {
                    addUsedUp(opened, file.target(), file.backup(), gone);
                } else if (wanted && step instanceof Step.RemoveFile file) {
                    addUsedUp(opened, file.target(), file.backup(), gone);
                }
            });
        }
        return !gone.isEmpty() && wasAnyOf(gone);
    }

    private void addUsedUp(DirectoryChain opened, Place target, Place backup, Set<String> gone) throws IOException {
        if (target.anchor().equals(context.layout().home()) && isUsedUp(opened, backup)) {
            gone.add(target.path());
        }
    }

    private static boolean isUsedUp(DirectoryChain opened, Place backup) throws IOException {
        try {
            return opened.parent(backup).lookup(backup.name()).isEmpty();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    private boolean wasAnyOf(Set<String> paths) throws IOException {
        try (ManifestReader manifest = HomeBackup.manifest(context)) {
            for (Optional<ManifestEntry> next = manifest.next(); next.isPresent(); next = manifest.next()) {
                if (paths.contains(next.get().file().path())) {
                    return true;
                }
            }
        }
        return false;
    }
}
