package updater.fs;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * The failure to open a file for reading because another process holds a lease on it ({@code fcntl(2)}). The kernel makes
 * everybody who opens the file wait for that process, for 45 seconds as a rule.
 */
public final class LeasedFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    LeasedFileException(Path file, long owner) {
        super(
                file.toString(),
                null,
                "a process holds a lease on it and does not let go; it is one of user " + owner
                        + ", who owns the file, or of root. End that process: /proc/locks has its number");
    }
}
