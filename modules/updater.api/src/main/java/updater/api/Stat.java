package updater.api;

import java.time.Instant;

/**
 * What the kernel says of one inode, a link not followed.
 *
 * @param type what it is
 * @param size bytes of a regular file, 0 for everything else
 * @param mode permission, set-id and sticky bits, at most {@code 07777}
 * @param uid numeric owner
 * @param gid numeric group
 * @param modified modification time with the file system's resolution
 * @param changed inode change time; never restored, only used to see that something happened
 * @param device device number
 * @param inode inode number, unique within {@code device}
 * @param links number of hard links
 */
public record Stat(
        FileType type,
        long size,
        int mode,
        long uid,
        long gid,
        Instant modified,
        Instant changed,
        long device,
        long inode,
        int links) {

    public Stat {
        size = type == FileType.REGULAR ? size : 0;
    }

    public Stat withModified(Instant time) {
        return new Stat(type, size, mode, uid, gid, time, changed, device, inode, links);
    }

    /** Returns the same with another number of its device. */
    public Stat withDevice(long number) {
        return new Stat(type, size, mode, uid, gid, modified, changed, number, inode, links);
    }

    /** Returns whether both are the same inode. Devices are numbered anew whenever they are mounted. */
    public boolean sameInode(Stat other) {
        return device == other.device && inode == other.inode;
    }
}
