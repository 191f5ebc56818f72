package updater.packaging;

import java.nio.file.Path;
import java.util.List;

/**
 * A file system of a box's own, mounted below the overlay of the host's root.
 *
 * @param mebibytes size; the backing file is sparse and in memory
 * @param options for {@code mount -o}, on top of the defaults
 * @param mountPoints absolute paths in the box; several share the space of one disk, each in a directory of its own, so that renames and
 *     links between them fail as between bind mounts
 */
record Disk(Type type, int mebibytes, String options, List<String> mountPoints) {

    enum Type {
        EXT4,
        XFS,
        BTRFS,
        TMPFS,
        /** No disk of its own: a directory of the host, whose absolute path is the options. */
        DIRECTORY
    }

    Disk {
        mountPoints = List.copyOf(mountPoints);
        if (mountPoints.isEmpty()) {
            throw new IllegalArgumentException("a disk without a mount point");
        }
    }

    /** Shows a directory of the host in the box, for what would not fit into memory. */
    static Disk directory(Path host, String mountPoint) {
        return new Disk(Type.DIRECTORY, 0, host.toAbsolutePath().toString(), List.of(mountPoint));
    }

    static Disk ext4(String... mountPoints) {
        return of(Type.EXT4, mountPoints);
    }

    /** The smallest size that suits all kinds of tests: mkfs.xfs refuses less than 300 MiB. */
    static Disk of(Type type, String... mountPoints) {
        return new Disk(type, 512, "defaults", List.of(mountPoints));
    }
}
