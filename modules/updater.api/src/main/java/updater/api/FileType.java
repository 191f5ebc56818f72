package updater.api;

/** A kind of file. {@code SPECIAL} is a FIFO, socket or device. */
public enum FileType {
    REGULAR,
    DIRECTORY,
    SYMLINK,
    SPECIAL
}
