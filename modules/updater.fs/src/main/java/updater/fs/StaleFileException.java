package updater.fs;

import java.nio.file.FileSystemException;

/**
 * What was opened by its name has lost that since, to another file that was renamed over it. Where a file is found by its name
 * whatever is done with it, as in many file systems in user space, nothing works on it any more. The name leads to what has it
 * now.
 */
final class StaleFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    StaleFileException(String file, String reason) {
        super(file, null, reason);
    }
}
