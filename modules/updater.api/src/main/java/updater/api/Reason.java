package updater.api;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why an operation of the host failed, in the host's words. An operator knows those; the name of a class is no help. */
public final class Reason {
    /** How the virtual machine says that a program could not be started, by whichever function of the host it tried. */
    private static final Pattern ERROR = Pattern.compile("error[:=] ?([0-9]+)[, (]+([^)]*)\\)?\\s*$");

    private Reason() {}

    /** Returns it with the file that it happened on, where that is known. */
    public static String at(Throwable cause) {
        Throwable wrapped = cause.getCause();
        if (cause instanceof UncheckedIOException && wrapped != null) {
            return at(wrapped);
        }
        String file = cause instanceof FileSystemException failure ? failure.getFile() : null;
        return of(cause) + (file == null ? "" : " (" + file + ")");
    }

    /** Returns it for an error that nobody has foreseen: what it is, or the host's reason where that is all. */
    public static String ofUnexpected(Throwable error) {
        return error instanceof UncheckedIOException ? at(error) : error.toString();
    }

    /**
     * Returns it without the path that it happened on; the name of a class only where there is nothing else. The host's
     * number for an error is behind what that means.
     */
    public static String of(Throwable cause) {
        Throwable wrapped = cause.getCause();
        if (cause instanceof UncheckedIOException && wrapped != null) {
            return of(wrapped);
        }
        String said = cause instanceof FileSystemException failure ? said(failure) : cause.getMessage();
        if (said == null || said.isBlank()) {
            return cause.getClass().getSimpleName();
        }
        Matcher error = ERROR.matcher(said);
        return error.find() ? error.group(2) + " (error " + error.group(1) + ")" : said;
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
