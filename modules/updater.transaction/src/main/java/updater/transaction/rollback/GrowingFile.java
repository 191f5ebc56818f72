package updater.transaction.rollback;

import java.io.IOException;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Checksum;
import updater.fs.Directory;

/**
 * A file that can only grow, as a log with {@code chattr +a}: neither can what the new agent appended be taken back, nor can
 * another file be put in its place. What was in it is still there.
 */
final class GrowingFile {
    private GrowingFile() {}

    /** Returns whether a file is one, and differs from what it was only by what was appended. */
    static boolean hasGrown(FileEntry before, FileEntry now, Directory parent, String name) throws IOException {
        return before.type() == FileType.REGULAR
                && now.type() == FileType.REGULAR
                && now.size() > before.size()
                && now.sameInode(before)
                && parent.traits(name).appendOnly()
                && (before.checksum().isEmpty()
                        || Checksum.crc32c(parent, name, before.size())
                                == before.checksum().getAsLong());
    }
}
