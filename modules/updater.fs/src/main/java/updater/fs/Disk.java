package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.SystemTicker;
import updater.api.Ticker;

/** The way to a directory by a path that is trusted. */
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

    /**
     * As {@link #open}, but where links below home are not followed, those are that only root and the updater's user can
     * have made, or can exchange.
     *
     * @throws LinkNotFollowedException saying why one is not
     */
    default Directory openFollowing(Path absoluteDirectory) throws IOException {
        return open(absoluteDirectory);
    }

    /**
     * Opens the regular file that a link below home leads to, for reading, where the link is one that {@link #openFollowing} would
     * follow to a directory; empty where it is not, or leads to no file. Links on the way to it are not followed.
     */
    default Optional<Pinned> pinFollowing(Path link) throws IOException {
        return Optional.empty();
    }

    /** Returns how much the file system that {@code path} lies on can still take. The path must exist. */
    Space space(Path path) throws IOException;

    /**
     * Returns this disk with a place for files that are in use and have to leave their names, where that is needed: on
     * Windows. It lies on the volume of most of what is changed, and nothing else is kept in it.
     *
     * @param directory absolute; made when it is needed
     */
    default Disk settingAside(Path directory) {
        return this;
    }

    /** Removes what was set aside and is not in use any more; nothing where nothing ever is. */
    default void clearAside() throws IOException {}

    /**
     * Returns the disk of this host: through directory handles where it has them, else as {@link #portable()}; on
     * Windows as {@link #aside} too.
     *
     * @param clock by which files in use, and holders of leases, are waited for
     */
    static Disk ofHost(Ticker clock) {
        boolean windows = FileSystems.getDefault().supportedFileAttributeViews().contains("acl")
                && !FileSystems.getDefault().supportedFileAttributeViews().contains("unix");
        return windows
                ? new AsideDisk(portable(), clock, path -> WindowsCalls.ofHost().deleteAtBoot(path))
                : new DiskOnDemand(() -> LinuxDisk.ofHost(clock).orElseGet(Disk::portable));
    }

    /** Returns the disk of this host: through directory handles where it has them, else as {@link #portable()}. */
    static Disk ofHost() {
        return new DiskOnDemand(() -> LinuxDisk.ofHost(new SystemTicker()).orElseGet(Disk::portable));
    }

    /** Returns a disk that is patient with files in use, and sets them aside where they are in the way. */
    static Disk aside(Disk disk, Ticker clock) {
        return new AsideDisk(disk, clock, path -> {});
    }

    /**
     * Returns a disk that works by path on any file system of NIO. It checks for links before it acts, which leaves a
     * gap between the two that a user who may write in the tree can use.
     */
    static Disk portable() {
        return new PortableDisk();
    }
}
