package updater.fs;

import java.io.IOException;

/** The failure of a system call, until it is known which path to name. Never leaves this package. */
final class SystemCallFailed extends IOException {
    private static final long serialVersionUID = 1L;

    static final int ENOENT = 2;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int EXDEV = 18;
    static final int ENOTDIR = 20;
    static final int EINVAL = 22;
    static final int ERANGE = 34;
    static final int ENAMETOOLONG = 36;
    static final int ENOTEMPTY = 39;
    static final int ENXIO = 6;
    static final int ENODATA = 61;
    static final int EPERM = 1;
    static final int EOPNOTSUPP = 95;
    static final int ESTALE = 116;

    private final int number;

    SystemCallFailed(int number) {
        super(describe(number));
        this.number = number;
    }

    int number() {
        return number;
    }

    // Numbers as in Linux's asm-generic/errno.h; the ones an operator may meet, in the words of glibc's strerror.
    private static String describe(int number) {
        return switch (number) {
            case EPERM -> "Operation not permitted";
            case ENOENT -> "No such file or directory";
            case 5 -> "Input/output error";
            case EBADF -> "Bad file descriptor";
            case EACCES -> "Permission denied";
            case 16 -> "Device or resource busy";
            case EEXIST -> "File exists";
            case EXDEV -> "Invalid cross-device link";
            case ENOTDIR -> "Not a directory";
            case 21 -> "Is a directory";
            case EINVAL -> "Invalid argument";
            case 23, 24 -> "Too many open files";
            case 26 -> "Text file busy";
            case 27 -> "File too large";
            case 28 -> "No space left on device";
            case 30 -> "Read-only file system";
            case 31 -> "Too many links";
            case ERANGE -> "Numerical result out of range";
            case ENAMETOOLONG -> "File name too long";
            case ENOTEMPTY -> "Directory not empty";
            case 40 -> "Too many levels of symbolic links";
            case EOPNOTSUPP -> "Operation not supported";
            case ESTALE -> "Stale file handle";
            case 122 -> "Disk quota exceeded";
            default -> "error number " + number;
        };
    }
}
