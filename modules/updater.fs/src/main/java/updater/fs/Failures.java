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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Failures of disk operations: which paths they name, and which ones are ENOSPC or EDQUOT, which NIO reports only as text. */
public final class Failures {
    /** ENOSPC and EDQUOT in the words of the C library; NIO has no exception of its own for them. */
    private static final Set<String> NO_SPACE = Set.of("No space left on device", "Disk quota exceeded");

    private Failures() {}

    /** Returns whether the failure, or what caused it, is a disk operation that found no space, no inode or no quota. */
    public static boolean isNoSpace(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause instanceof FileSystemException named ? named.getReason() : cause.getMessage();
            if (cause instanceof IOException && message != null && NO_SPACE.contains(message)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns a failure of the same kind that names {@code file}, with {@code failure} as its cause; a
     * {@link FileSystemException} for a plain one of a channel, which tells no path; {@code failure} itself where it tells
     * all there is.
     */
    public static IOException naming(Path file, IOException failure) {
        return naming(file, null, failure);
    }

    /** An operation on a file. */
    @FunctionalInterface
    interface Operation<T> {
        T run() throws IOException;
    }

    /** As {@link Operation}, with nothing to return. */
    @FunctionalInterface
    interface Change {
        void run() throws IOException;
    }

    /** Returns what the operation returns; its failure names {@code file}. */
    static <T> T named(Path file, Operation<T> operation) throws IOException {
        try {
            return operation.run();
        } catch (IOException e) {
            throw naming(file, e);
        }
    }

    /** Runs the change; its failure names {@code file}. */
    static void naming(Path file, Change change) throws IOException {
        try {
            change.run();
        } catch (IOException e) {
            throw naming(file, e);
        }
    }

    static IOException naming(Path file, @Nullable Path other, IOException failure) {
        String name = file.toString();
        String otherName = other == null ? null : other.toString();
        String created = otherName == null ? name : otherName;
        return switch (failure) {
            case SharedFileException e -> e;
            case LeasedFileException e -> e;
            case StaleFileException e -> e;
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
            case SystemCallFailed.ESTALE -> new StaleFileException(name, String.valueOf(failure.getMessage()));
            default -> new FileSystemException(name, otherName, failure.getMessage());
        };
    }
}
