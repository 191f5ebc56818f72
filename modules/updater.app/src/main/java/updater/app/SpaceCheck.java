package updater.app;

import java.io.IOException;
import java.util.OptionalLong;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Space;
import updater.fs.TreeWalk;

/** Refuse an update that would run out of disk space, before it does. */
final class SpaceCheck {
    /** What a file costs beside its bytes: its entry in the manifest, the journal and a directory. */
    private static final long PER_FILE = 1024;

    /** Report, status file and journal marks. */
    private static final long MARGIN = 512 * 1024;

    private final Site site;

    SpaceCheck(Site site) {
        this.site = site;
    }

    private static final class Needs {
        private long bytes = MARGIN;
        private long inodes = 32;
    }

    /**
     * Checks that the backup of everything that is not linked, and all that is placed by copying, fits.
     *
     * @throws UpdateFailure.Refused with the bytes needed and available
     */
    void check(Directory home, BackupStore store, Plan plan) throws UpdateFailure, IOException {
        Needs needs = new Needs();
        needs.bytes += plan.copiedBytes();
        Scope scope = new Scope(site.product(), site.layout());
        Space space = site.disk().space(site.layout().tmp());
        TreeWalk.walk(home, scope::excludes, new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry entry, Directory itself) {
                needs.bytes += space.blockSize();
                needs.inodes++;
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) throws IOException {
                needs.bytes += PER_FILE;
                if (entry.type() == FileType.REGULAR && !store.holds(entry)) {
                    needs.bytes += roundUp(entry.size(), space.blockSize());
                    needs.inodes++;
                }
            }

            @Override
            public void leave(FileEntry entry, Directory itself) {
                // Counted on entering it.
            }
        });
        if (needs.bytes > space.usableBytes()) {
            throw new UpdateFailure.Refused(
                    "not enough disk space at " + site.layout().tmp() + ": the backup needs " + needs.bytes + " bytes, "
                            + space.usableBytes() + " are available",
                    "Free " + (needs.bytes - space.usableBytes()) + " bytes there");
        }
        OptionalLong inodes = space.freeInodes();
        if (inodes.isPresent() && inodes.getAsLong() > 0 && needs.inodes > inodes.getAsLong()) {
            throw new UpdateFailure.Refused(
                    "not enough inodes at " + site.layout().tmp() + ": the backup needs " + needs.inodes + ", "
                            + inodes.getAsLong() + " are available",
                    "Remove files there");
        }
    }

    private static long roundUp(long size, long block) {
        return block <= 0 ? size : (size + block - 1) / block * block;
    }
}
