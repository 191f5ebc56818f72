package updater.fs;

import java.io.IOException;
import java.nio.file.Path;

/** Open directories by a path that is trusted. */
public interface Disk {
    /**
     * Opens a directory. Its path is followed through whatever links it has: only what is below the returned handle is
     * protected from them.
     *
     * @param absoluteDirectory an absolute path
     * @throws java.nio.file.NoSuchFileException when nothing is there
     * @throws java.nio.file.NotDirectoryException when it is no directory
     */
    Directory open(Path absoluteDirectory) throws IOException;

    /** Returns how much the file system that {@code path} lies on can still take. The path must exist. */
    Space space(Path path) throws IOException;

    /** Returns the disk of this host: through directory handles where it has them, else as {@link #portable()}. */
    static Disk ofHost() {
        return new DiskOnDemand(() -> LinuxDisk.ofHost().orElseGet(Disk::portable));
    }

    /**
     * Returns a disk that works by path on any file system of NIO. It checks for links before it acts, which leaves a
     * gap between the two that somebody who may write in the tree can use.
     */
    static Disk portable() {
        return new PortableDisk();
    }
}
