package updater.transaction.context;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/** Tell a failure for want of disk space from others. */
public final class OutOfSpace {
    /** In the words of the C library; there is no exception of its own for ENOSPC. */
    private static final String NO_SPACE = "No space left on device";

    private OutOfSpace() {}

    /** Returns whether this, or what caused it, is a disk operation that found no space or no inode. */
    public static boolean caused(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause instanceof FileSystemException named ? named.getReason() : cause.getMessage();
            if (cause instanceof IOException && NO_SPACE.equals(message)) {
                return true;
            }
        }
        return false;
    }
}
