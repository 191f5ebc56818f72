package updater.fs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.FileEntry;
import updater.api.FileType;

/** Read inodes by {@code statx(2)}, whose structure is the same on every architecture (Linux: {@code linux/stat.h}). */
final class LinuxStat {
    private static final int SIZE = 256;
    private static final int BASIC_STATS = 0x7ff;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;

    private final LinuxCalls calls;

    LinuxStat(LinuxCalls calls) {
        this.calls = calls;
    }

    /** Returns what {@code path} is, under the name {@code shown}, with an empty link target. */
    FileEntry read(String path, boolean follow, String shown) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stat = arena.allocate(SIZE, Long.BYTES);
            calls.statx(path, follow ? 0 : AT_SYMLINK_NOFOLLOW, BASIC_STATS, stat);
            return entry(stat, shown);
        }
    }

    private static FileEntry entry(MemorySegment stat, String shown) {
        int mode = Short.toUnsignedInt(stat.get(JAVA_SHORT, 28));
        FileType type = type(mode);
        return new FileEntry(
                shown,
                type,
                type == FileType.REGULAR ? stat.get(JAVA_LONG, 40) : 0,
                mode & 07777,
                unsigned(stat, 20),
                unsigned(stat, 24),
                instant(stat, 112),
                instant(stat, 96),
                device(unsigned(stat, 136), unsigned(stat, 140)),
                stat.get(JAVA_LONG, 32),
                stat.get(JAVA_INT, 16),
                Optional.empty(),
                Map.of(),
                OptionalLong.empty());
    }

    private static long unsigned(MemorySegment stat, long offset) {
        return Integer.toUnsignedLong(stat.get(JAVA_INT, offset));
    }

    private static Instant instant(MemorySegment stat, long offset) {
        return Instant.ofEpochSecond(stat.get(JAVA_LONG, offset), stat.get(JAVA_INT, offset + 8));
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
