package updater.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import updater.api.FileEntry;
import updater.fs.Directory;

/**
 * Tell whether a staged file is in place already, reading no more than a fixed number of bytes in one update: a file
 * that is merely assumed to differ is replaced by itself, which costs a rename.
 */
final class SameContent {
    private static final int BUFFER = 128 * 1024;

    private long bytesLeft;
    private final ByteBuffer one = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer other = ByteBuffer.allocateDirect(BUFFER);

    /** @param byteLimit how many bytes of staged files are read at most */
    SameContent(long byteLimit) {
        this.bytesLeft = byteLimit;
    }

    boolean test(FileEntry staged, Directory stagedParent, FileEntry there, Directory thereParent, String thereName)
            throws IOException {
        if (staged.size() != there.size() || staged.size() > bytesLeft) {
            return false;
        }
        bytesLeft -= staged.size();
        String stagedName = staged.path().substring(staged.path().lastIndexOf('/') + 1);
        try (FileChannel a = stagedParent.read(stagedName);
                FileChannel b = thereParent.read(thereName)) {
            boolean more = true;
            while (more) {
                boolean moreOfOne = fill(a, one);
                boolean moreOfOther = fill(b, other);
                if (one.mismatch(other) >= 0) {
                    return false;
                }
                more = moreOfOne && moreOfOther;
            }
            return true;
        }
    }

    /** Fills the buffer; returns whether the file may go on. */
    private static boolean fill(FileChannel from, ByteBuffer buffer) throws IOException {
        buffer.clear();
        int read = 0;
        while (buffer.hasRemaining() && read >= 0) {
            read = from.read(buffer);
        }
        buffer.flip();
        return read >= 0;
    }
}
