package updater.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one path on disk is, links not followed.
 *
 * @param path relative to the tree it belongs to, components separated by {@code /}; empty for the tree itself
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
 * @param linkTarget what a symbolic link holds
 * @param attributes extended attributes in every readable namespace (ACLs, capabilities and labels among them)
 * @param checksum CRC32C of a regular file's bytes, where it was read
 */
public record FileEntry(
        String path,
        FileType type,
        long size,
        int mode,
        long uid,
        long gid,
        Instant modified,
        Instant changed,
        long device,
        long inode,
        int links,
        Optional<String> linkTarget,
        Map<String, Bytes> attributes,
        OptionalLong checksum) {

    public FileEntry {
        attributes = Map.copyOf(attributes);
    }

    /** Returns the last component of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Returns whether both are the same inode. */
    public boolean sameInode(FileEntry other) {
        return device == other.device && inode == other.inode;
    }

    /** Returns whether nothing can have happened to the file between the two looks, as far as its inode tells. */
    public boolean untouchedSince(FileEntry earlier) {
        return sameInode(earlier)
                && type == earlier.type
                && size == earlier.size
                && modified.equals(earlier.modified)
                && changed.equals(earlier.changed);
    }

    public FileEntry withPath(String newPath) {
        return new FileEntry(
                newPath,
                type,
                size,
                mode,
                uid,
                gid,
                modified,
                changed,
                device,
                inode,
                links,
                linkTarget,
                attributes,
                checksum);
    }

    public FileEntry withModified(Instant newModified) {
        return new FileEntry(
                path,
                type,
                size,
                mode,
                uid,
                gid,
                newModified,
                changed,
                device,
                inode,
                links,
                linkTarget,
                attributes,
                checksum);
    }

    public FileEntry withChecksum(OptionalLong newChecksum) {
        return new FileEntry(
                path,
                type,
                size,
                mode,
                uid,
                gid,
                modified,
                changed,
                device,
                inode,
                links,
                linkTarget,
                attributes,
                newChecksum);
    }

    public FileEntry withAttributes(Map<String, Bytes> newAttributes) {
        return new FileEntry(
                path,
                type,
                size,
                mode,
                uid,
                gid,
                modified,
                changed,
                device,
                inode,
                links,
                linkTarget,
                newAttributes,
                checksum);
    }
}
