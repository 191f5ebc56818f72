package updater.api;

/** Tell kinds of files apart. {@code SPECIAL} is a FIFO, socket or device. */
public enum FileType {
    REGULAR,
    DIRECTORY,
    SYMLINK,
    SPECIAL
}
