package updater.fs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Make a failure name the paths people know, instead of the ones the system was given. */
public final class Failures {
    private Failures() {}

    /**
     * Returns a failure of the same kind that names {@code file}, with {@code failure} as its cause; a
     * {@link FileSystemException} for a plain one of a channel, which tells no path; {@code failure} itself where it tells
     * all there is.
     */
    public static IOException naming(Path file, IOException failure) {
        return naming(file, null, failure);
    }

    static IOException naming(Path file, @Nullable Path other, IOException failure) {
        String name = file.toString();
        String otherName = other == null ? null : other.toString();
        String created = otherName == null ? name : otherName;
        return switch (failure) {
            case SharedFileException e -> e;
            case SystemCallFailed e -> from(e, ofSystemCall(e, name, otherName));
            case NoSuchFileException e -> from(e, new NoSuchFileException(name, otherName, null));
            case FileAlreadyExistsException e -> from(e, new FileAlreadyExistsException(created));
            case DirectoryNotEmptyException e -> from(e, new DirectoryNotEmptyException(created));
            case AccessDeniedException e -> from(e, new AccessDeniedException(name, otherName, e.getReason()));
            case NotDirectoryException e -> from(e, new NotDirectoryException(name));
            case NotLinkException e -> from(e, new NotLinkException(name));
            case AtomicMoveNotSupportedException e ->
                from(e, new AtomicMoveNotSupportedException(name, otherName, e.getReason()));
            case FileSystemException e -> from(e, new FileSystemException(name, otherName, e.getReason()));
            case IOException e
            when tellsNoPath(e, name) -> from(e, new FileSystemException(name, otherName, e.getMessage()));
            default -> failure;
        };
    }

    /** Reading, writing and forcing a channel fail with what the system says, and nothing else. */
    private static boolean tellsNoPath(IOException failure, String name) {
        return failure.getClass() == IOException.class
                && !String.valueOf(failure.getMessage()).contains(name);
    }

    private static IOException from(IOException failure, IOException named) {
        named.initCause(failure);
        return named;
    }

    private static IOException ofSystemCall(SystemCallFailed failure, String name, @Nullable String otherName) {
        return switch (failure.number()) {
            case SystemCallFailed.ENOENT -> new NoSuchFileException(name, otherName, null);
            case SystemCallFailed.EEXIST -> new FileAlreadyExistsException(otherName == null ? name : otherName);
            case SystemCallFailed.EXDEV -> new AtomicMoveNotSupportedException(name, otherName, failure.getMessage());
            case SystemCallFailed.ENOTEMPTY -> new DirectoryNotEmptyException(name);
            case SystemCallFailed.EACCES -> new AccessDeniedException(name, otherName, null);
            case SystemCallFailed.ENOTDIR -> new NotDirectoryException(name);
            default -> new FileSystemException(name, otherName, failure.getMessage());
        };
    }
}
