package updater.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import updater.api.FileType;
import updater.api.Stat;

/**
 * The metadata of inodes, read by {@code statx(2)}, whose structure is the same on every architecture (Linux:
 * {@code linux/stat.h}).
 */
final class LinuxStat {
    /** The unit of {@code stx_blocks}, whatever the file system's own is. */
    private static final long BLOCK = 512;

    /** {@code STATX_ATTR_IMMUTABLE} and {@code STATX_ATTR_APPEND}. */
    private static final long IMMUTABLE = 0x10;

    private static final long APPEND = 0x20;

    private final LinuxCalls calls;

    LinuxStat(LinuxCalls calls) {
        this.calls = calls;
    }

    /** Returns what a name in an open directory is; the last component is not followed. */
    Stat read(int directory, String name) throws IOException {
        ByteBuffer stat = calls.statx(directory, name);
        int mode = Short.toUnsignedInt(stat.getShort(28));
        return new Stat(
                type(mode),
                stat.getLong(40),
                mode & 07777,
                unsigned(stat, 20),
                unsigned(stat, 24),
                instant(stat, 112),
                instant(stat, 96),
                device(unsigned(stat, 136), unsigned(stat, 140)),
                stat.getLong(32),
                stat.getInt(16));
    }

    /** Returns what a handle was opened on. */
    Stat readOpened(int descriptor) throws IOException {
        return read(descriptor, "");
    }

    /** Returns what {@link #read} leaves out. File systems without such flags show none. */
    Traits traits(int directory, String name) throws IOException {
        ByteBuffer stat = calls.statx(directory, name);
        long flags = stat.getLong(8);
        return new Traits(stat.getLong(48) * BLOCK, (flags & IMMUTABLE) != 0, (flags & APPEND) != 0);
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

    /** Returns the type in an {@code st_mode}. */
    static FileType type(int mode) {
        return switch (mode & 0170000) {
            case 0100000 -> FileType.REGULAR;
            case 0040000 -> FileType.DIRECTORY;
            case 0120000 -> FileType.SYMLINK;
            default -> FileType.SPECIAL;
        };
    }
}
