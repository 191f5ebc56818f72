package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.FileEntry;
import updater.api.FileType;

/**
 * The metadata of inodes, read by {@code statx(2)}, whose structure is the same on every architecture (Linux:
 * {@code linux/stat.h}).
 */
final class LinuxStat {
    private final LinuxCalls calls;

    LinuxStat(LinuxCalls calls) {
        this.calls = calls;
    }

    /** Returns what a name in an open directory is, with an empty link target; the last component is not followed. */
    FileEntry read(int directory, String name) throws IOException {
        return entry(calls.statx(directory, name), name);
    }

    /** Returns what a handle was opened on, under the name {@code shown}, with an empty link target. */
    FileEntry readOpened(int descriptor, String shown) throws IOException {
        return entry(calls.statx(descriptor, ""), shown);
    }

    private static FileEntry entry(ByteBuffer stat, String shown) {
        int mode = Short.toUnsignedInt(stat.getShort(28));
        FileType type = type(mode);
        return new FileEntry(
                shown,
                type,
                type == FileType.REGULAR ? stat.getLong(40) : 0,
                mode & 07777,
                unsigned(stat, 20),
                unsigned(stat, 24),
                instant(stat, 112),
                instant(stat, 96),
                device(unsigned(stat, 136), unsigned(stat, 140)),
                stat.getLong(32),
                stat.getInt(16),
                Optional.empty(),
                Map.of(),
                OptionalLong.empty());
    }

    private static long unsigned(ByteBuffer stat, int offset) {
        return Integer.toUnsignedLong(stat.getInt(offset));
    }

    private static Instant instant(ByteBuffer stat, int offset) {
        return Instant.ofEpochSecond(stat.getLong(offset), stat.getInt(offset + 8));
    }

    // The encoding of glibc's makedev(3), so that numbers equal those of other programs.
    private static long device(long major, long minor) {
        return (major & 0xfffff000L) << 32 | (major & 0xfffL) << 8 | (minor & 0xffffff00L) << 12 | (minor & 0xffL);
    }

    private static FileType type(int mode) {
        return switch (mode & 0170000) {
            case 0100000 -> FileType.REGULAR;
            case 0040000 -> FileType.DIRECTORY;
            case 0120000 -> FileType.SYMLINK;
            default -> FileType.SPECIAL;
        };
    }
}
