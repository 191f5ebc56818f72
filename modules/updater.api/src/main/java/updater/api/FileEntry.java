package updater.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one path on disk is, links not followed.
 *
 * @param path where it is below what the one who asked calls the tree, components separated by {@code /}: a bare name when
 *     a directory was asked; empty for the tree itself
 * @param stat its inode
 * @param linkTarget what a symbolic link holds
 * @param attributes extended attributes in every readable namespace (ACLs, capabilities and labels among them)
 * @param checksum CRC32C of a regular file's bytes, where it was read
 */
public record FileEntry(
        String path, Stat stat, Optional<String> linkTarget, Map<String, Bytes> attributes, OptionalLong checksum) {

    public FileEntry {
        attributes = Map.copyOf(attributes);
    }

    /** An entry of which nothing but the inode was read. */
    public FileEntry(String path, Stat stat) {
        this(path, stat, Optional.empty(), Map.of(), OptionalLong.empty());
    }

    /** Returns the last component of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    public FileType type() {
        return stat.type();
    }

    public long size() {
        return stat.size();
    }

    public int mode() {
        return stat.mode();
    }

    /** Returns whether both are the same inode. */
    public boolean sameInode(FileEntry other) {
        return stat.sameInode(other.stat);
    }

    /** Returns whether nothing can have happened to the file between the two looks, as far as its inode tells. */
    public boolean untouchedSince(FileEntry earlier) {
        return sameInode(earlier)
                && type() == earlier.type()
                && size() == earlier.size()
                && stat.modified().equals(earlier.stat.modified())
                && stat.changed().equals(earlier.stat.changed());
    }

    public FileEntry withPath(String newPath) {
        return new FileEntry(newPath, stat, linkTarget, attributes, checksum);
    }

    public FileEntry withModified(Instant modified) {
        return new FileEntry(path, stat.withModified(modified), linkTarget, attributes, checksum);
    }

    /** Returns the same with another number of its device. */
    public FileEntry withDevice(long number) {
        return new FileEntry(path, stat.withDevice(number), linkTarget, attributes, checksum);
    }

    public FileEntry withLinkTarget(String target) {
        return new FileEntry(path, stat, Optional.of(target), attributes, checksum);
    }

    public FileEntry withAttributes(Map<String, Bytes> newAttributes) {
        return new FileEntry(path, stat, linkTarget, newAttributes, checksum);
    }

    public FileEntry withChecksum(long newChecksum) {
        return new FileEntry(path, stat, linkTarget, attributes, OptionalLong.of(newChecksum));
    }
}
