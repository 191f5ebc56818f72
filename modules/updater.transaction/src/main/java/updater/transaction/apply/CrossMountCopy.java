package updater.transaction.apply;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.Failures;
import updater.fs.FileCopy;

/**
 * The placing of a file whose source is on another mount, so that it cannot be renamed: it is copied beside its target,
 * forced, and renamed over it. The forcing of home's file system does not reach the other mount, so the
 * directory is forced as well.
 */
public final class CrossMountCopy {
    /** Starts the name of a file that is copied beside its target. */
    private static final String BESIDE = ".updater-placing-";

    private CrossMountCopy() {}

    /** Places: at any instant the target is the old file or the new one, whole. */
    static void place(Directory from, String source, Directory to, String target) throws IOException {
        String beside = BESIDE + target;
        discard(to, target);
        FileCopy.copy(from, source, to, beside);
        to.forceFile(beside);
        to.rename(beside, to, target);
        to.force();
    }

    /** Puts a backup back, by a rename where that is possible; where it is not, the backup stays. */
    public static void moveBack(Directory from, String backup, Directory to, String target) throws IOException {
        if (from.sameMount(to)) {
            try {
                from.rename(backup, to, target);
                return;
            } catch (AtomicMoveNotSupportedException e) {
                // The file system refuses what its mount allows.
            }
        }
        putBack(from, backup, to, target);
    }

    /**
     * Puts a backup back. Where there is no room for both files, what is in place goes first: it is undone in any
     * case, and the backup stays until the rollback is verified. A repetition finds no file in place, and copies.
     */
    public static void putBack(Directory from, String backup, Directory to, String target) throws IOException {
        if (isSame(from, backup, to, target)) {
            discard(to, target);
            return;
        }
        try {
            place(from, backup, to, target);
        } catch (IOException e) {
            if (!Failures.isNoSpace(e)
                    || to.lookup(target).filter(CrossMountCopy::isRegular).isEmpty()) {
                throw e;
            }
            to.delete(target);
            place(from, backup, to, target);
        }
    }

    /** Removes what an interrupted placing may have left beside a target. Idempotent. */
    static void discard(Directory to, String target) throws IOException {
        if (to.lookup(BESIDE + target).isPresent()) {
            to.delete(BESIDE + target);
        }
    }

    /** It was never replaced, or is back already. */
    private static boolean isSame(Directory from, String backup, Directory to, String target) throws IOException {
        Optional<FileEntry> kept = from.lookup(backup);
        Optional<FileEntry> there = to.lookup(target);
        return kept.isPresent()
                && there.isPresent()
                && isRegular(there.get())
                && kept.get().size() == there.get().size()
                && kept.get().stat().modified().equals(there.get().stat().modified())
                && kept.get().mode() == there.get().mode()
                && kept.get().stat().uid() == there.get().stat().uid()
                && kept.get().stat().gid() == there.get().stat().gid()
                && from.attributes(backup).equals(to.attributes(target))
                && Checksum.crc32c(from, backup) == Checksum.crc32c(to, target);
    }

    private static boolean isRegular(FileEntry entry) {
        return entry.type() == FileType.REGULAR;
    }
}
