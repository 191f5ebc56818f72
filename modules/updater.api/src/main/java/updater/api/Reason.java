package updater.api;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why an operation of the host failed, in the host's words. An operator knows those; the name of a class is no help. */
public final class Reason {
    private Reason() {}

    /** Returns it without the path that it happened on; the name of a class only where there is nothing else. */
    public static String of(Throwable cause) {
        Throwable wrapped = cause.getCause();
        if (cause instanceof UncheckedIOException && wrapped != null) {
            return of(wrapped);
        }
        String said = cause instanceof FileSystemException failure ? said(failure) : cause.getMessage();
        return said == null || said.isBlank() ? cause.getClass().getSimpleName() : said;
    }

    private static String said(FileSystemException failure) {
        String reason = failure.getReason();
        if (reason != null) {
            return reason;
        }
        if (failure instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "File exists";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return "Directory not empty";
        }
        if (failure instanceof NotDirectoryException) {
            return "Not a directory";
        }
        return failure instanceof FileSystemLoopException ? "Too many levels of symbolic links" : "Input/output error";
    }
}
