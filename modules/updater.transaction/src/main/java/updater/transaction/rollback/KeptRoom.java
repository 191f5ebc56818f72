package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.UpdateTerms.Retention;
import updater.fs.Directory;
import updater.fs.TreeWalk;
import updater.transaction.context.UpdateContext;

/**
 * The room that is left for kept files. What an earlier run of the same rollback has kept counts too, by its length: a hole
 * that it had is not seen, so that less is kept rather than more.
 */
final class KeptRoom {
    /** What an inode takes at least, and the unit in which contents grow, on most file systems. */
    private static final long BLOCK = 4096;

    private long bytes;
    private long inodes;

    private KeptRoom(Retention retention) {
        this.bytes = retention.keptBytes();
        this.inodes = retention.keptFiles();
    }

    /** Returns what the product's limit leaves, beside all that is in the state directory already. */
    static KeptRoom left(UpdateContext context) throws IOException {
        KeptRoom room = new KeptRoom(context.product().terms().retention());
        try (Directory state = context.disk().open(context.layout().state());
                Directory kept = state.child(HomeLayout.KEPT)) {
            TreeWalk.walk(kept, path -> false, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory opened) {
                    if (directory.path().contains("/")) {
                        room.take(0);
                    }
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory parent) {
                    room.take(entry.type() == FileType.REGULAR ? entry.size() : 0);
                }
            });
        } catch (NoSuchFileException e) {
            // Nothing was kept yet.
        }
        return room;
    }

    /** Returns whether one more inode can be kept, with at least a block of content. */
    boolean any() {
        return inodes > 0 && bytes >= BLOCK;
    }

    /** Returns how many bytes of content the next file may have. */
    long bytes() {
        return any() ? bytes - bytes % BLOCK : 0;
    }

    /** Takes the room of one inode with so much content. */
    void take(long content) {
        inodes--;
        bytes -= Math.max(BLOCK, (content + BLOCK - 1) / BLOCK * BLOCK);
    }
}
