package updater.fs;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** The refusal to change a file's metadata because it has other hard links, which may lie outside the tree. */
public final class SharedFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    SharedFileException(Path file, int links) {
        super(
                file.toString(),
                null,
                "has " + links + " hard links, expected 1 and by this name: it may belong to somebody else");
    }
}
