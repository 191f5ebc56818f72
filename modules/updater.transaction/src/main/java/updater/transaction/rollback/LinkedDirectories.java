package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import updater.fs.Directory;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/** The directories that links in home led to when what is behind them was backed up: the inode of each, by its link. */
record LinkedDirectories(UpdateContext context, Map<Path, Long> inodes) {
    static LinkedDirectories read(UpdateContext context) throws IOException {
        Map<Path, Long> inodes = new HashMap<>();
        try (ManifestReader outside = ManifestReader.open(StateFiles.outside(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = outside.next(); next.isPresent(); next = outside.next()) {
                if (isOne(next.get())) {
                    inodes.put(
                            Path.of(next.get().file().path()),
                            next.get().file().stat().inode());
                }
            }
        }
        return new LinkedDirectories(context, inodes);
    }

    /** Returns whether an entry of the manifest of what lies outside home is of such a directory, not of a file. */
    static boolean isOne(ManifestEntry entry) {
        return entry.note().equals(Optional.of(OutsideBackup.LINKED));
    }

    /**
     * Checks that a link leads to where it led.
     *
     * @throws IOException when it does not, as while a file system is not mounted or the link could not be restored
     */
    void requireSame(Path link) throws IOException {
        try (Directory now = context.disk().openFollowing(link)) {
            Long before = inodes.get(link);
            if (before != null && now.self().inode() != before) {
                throw new FileSystemException(
                        link.toString(), null, "leads to another directory than before: is a file system not mounted?");
            }
        } catch (NoSuchFileException e) {
            throw new FileSystemException(
                    link.toString(), null, "leads to " + e.getFile() + ", which is not there: is it not mounted?");
        }
    }
}
