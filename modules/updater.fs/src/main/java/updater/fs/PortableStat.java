package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/**
 * The metadata of a path as far as NIO tells it; what its file system does not have is 0, and the times then are the
 * modification's.
 */
final class PortableStat {
    private PortableStat() {}

    /** Returns what a path is, without attributes. */
    static FileEntry entry(Path path, String shown) throws IOException {
        FileEntry entry = new FileEntry(shown, read(path));
        return entry.type() == FileType.SYMLINK
                ? entry.withLinkTarget(Files.readSymbolicLink(path).toString())
                : entry;
    }

    static Stat read(Path path) throws IOException {
        Set<String> views = path.getFileSystem().supportedFileAttributeViews();
        if (views.contains("unix")) {
            return unix(path);
        }
        BasicFileAttributes basic = views.contains("posix")
                ? Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                : Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        int mode = basic instanceof PosixFileAttributes posix ? mode(posix.permissions()) : 0;
        Instant modified = basic.lastModifiedTime().toInstant();
        WindowsCalls.Identity id = isWindows(path, views)
                ? WindowsCalls.ofHost().identify(path)
                : new WindowsCalls.Identity(0, identity(basic), 1, modified);
        return new Stat(
                type(basic), basic.size(), mode, 0, 0, modified, id.changed(), id.volume(), id.index(), id.links());
    }

    /** The host's own files: there are file systems of Windows in memory too. */
    private static boolean isWindows(Path path, Set<String> views) {
        return views.contains("dos") && path.getFileSystem().equals(FileSystems.getDefault());
    }

    private static Stat unix(Path path) throws IOException {
        Map<String, Object> values = Files.readAttributes(
                path, "unix:mode,uid,gid,dev,ino,nlink,size,ctime,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        int mode = (int) number(values, "mode");
        return new Stat(
                LinuxStat.type(mode),
                number(values, "size"),
                mode & 07777,
                Integer.toUnsignedLong((int) number(values, "uid")),
                Integer.toUnsignedLong((int) number(values, "gid")),
                time(values, "lastModifiedTime"),
                time(values, "ctime"),
                number(values, "dev"),
                number(values, "ino"),
                (int) number(values, "nlink"));
    }

    private static long number(Map<String, Object> values, String name) {
        return ((Number) Objects.requireNonNull(values.get(name), name)).longValue();
    }

    private static Instant time(Map<String, Object> values, String name) {
        return ((FileTime) Objects.requireNonNull(values.get(name), name)).toInstant();
    }

    private static FileType type(BasicFileAttributes attributes) {
        if (attributes.isRegularFile()) {
            return FileType.REGULAR;
        }
        if (attributes.isDirectory()) {
            return FileType.DIRECTORY;
        }
        return attributes.isSymbolicLink() ? FileType.SYMLINK : FileType.SPECIAL;
    }

    // Where inodes have no number, the hash of what identifies one is as good for telling two of them apart.
    private static long identity(BasicFileAttributes attributes) {
        Object key = attributes.fileKey();
        return key == null ? 0 : key.hashCode();
    }

    private static int mode(Set<PosixFilePermission> permissions) {
        String text = PosixFilePermissions.toString(permissions);
        int mode = 0;
        for (int i = 0; i < text.length(); i++) {
            mode = mode << 1 | (text.charAt(i) == '-' ? 0 : 1);
        }
        return mode;
    }

    static Set<PosixFilePermission> permissions(int mode) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < "rwxrwxrwx".length(); i++) {
            text.append((mode & 0400 >> i) == 0 ? '-' : "rwxrwxrwx".charAt(i));
        }
        return PosixFilePermissions.fromString(text.toString());
    }
}
