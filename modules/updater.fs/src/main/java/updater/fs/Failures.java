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
final class Failures {
    private Failures() {}

    static IOException naming(Path file, IOException failure) {
        return naming(file, null, failure);
    }

    static IOException naming(Path file, @Nullable Path other, IOException failure) {
        String name = file.toString();
        String otherName = other == null ? null : other.toString();
        IOException named = switch (failure) {
            case SharedFileException e -> e;
            case SystemCallFailed e -> ofSystemCall(e, name, otherName);
            case NoSuchFileException ignored -> new NoSuchFileException(name, otherName, null);
            case FileAlreadyExistsException ignored ->
                new FileAlreadyExistsException(otherName == null ? name : otherName);
            case DirectoryNotEmptyException ignored ->
                new DirectoryNotEmptyException(otherName == null ? name : otherName);
            case AccessDeniedException e -> new AccessDeniedException(name, otherName, e.getReason());
            case NotDirectoryException ignored -> new NotDirectoryException(name);
            case NotLinkException ignored -> new NotLinkException(name);
            case AtomicMoveNotSupportedException e -> new AtomicMoveNotSupportedException(name, otherName, reason(e));
            case FileSystemException e -> new FileSystemException(name, otherName, reason(e));
            default -> failure;
        };
        if (named != failure) {
            named.initCause(failure);
        }
        return named;
    }

    private static IOException ofSystemCall(SystemCallFailed failure, String name, @Nullable String otherName) {
        return switch (failure.number()) {
            case SystemCallFailed.ENOENT -> new NoSuchFileException(name, otherName, null);
            case SystemCallFailed.EEXIST -> new FileAlreadyExistsException(otherName == null ? name : otherName);
            case SystemCallFailed.ENOTEMPTY -> new DirectoryNotEmptyException(name);
            case SystemCallFailed.EACCES -> new AccessDeniedException(name, otherName, null);
            case SystemCallFailed.ENOTDIR -> new NotDirectoryException(name);
            default -> new FileSystemException(name, otherName, failure.getMessage());
        };
    }

    private static @Nullable String reason(FileSystemException failure) {
        return failure.getReason();
    }
}
