package updater.fs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Instant;
import updater.api.Reason;

/**
 * The functions of {@code kernel32.dll} that say which file a name leads to: NIO tells on Windows neither that, nor how
 * many names it has, nor when anything of it was last changed. Without them a rollback could not tell a file from the
 * one that replaced it.
 *
 * @see <a href="https://learn.microsoft.com/windows/win32/api/fileapi/ns-fileapi-by_handle_file_information">
 *     BY_HANDLE_FILE_INFORMATION</a>
 */
@SuppressWarnings("restricted") // This is where native access is meant to be.
final class WindowsCalls {
    private static final int READ_ATTRIBUTES = 0x80;
    private static final int SHARE_ALL = 7;
    private static final int OPEN_EXISTING = 3;
    // Directories can be opened, and links are not followed.
    private static final int BACKUP_SEMANTICS_AND_OPEN_REPARSE_POINT = 0x02200000;
    private static final long INVALID_HANDLE = -1;

    private static final int DELAY_UNTIL_REBOOT = 4;

    private static final int INFORMATION_SIZE = 52;
    private static final int VOLUME = 28;
    private static final int LINKS = 40;
    private static final int INDEX_HIGH = 44;
    private static final int INDEX_LOW = 48;

    private static final int FILE_BASIC_INFO = 0;
    private static final int BASIC_SIZE = 40;
    private static final int CHANGE_TIME = 24;

    /** From 1601, where file times begin, to 1970, in units of 100 ns. */
    private static final long EPOCH = 116_444_736_000_000_000L;

    private static final long UNITS_PER_SECOND = 10_000_000L;
    private static final int NANOS_PER_UNIT = 100;

    /** Longer paths need a prefix that takes them as they are. */
    private static final int LONGEST_PLAIN = 240;

    private final MethodHandle createFile;
    private final MethodHandle information;
    private final MethodHandle informationEx;
    private final MethodHandle closeHandle;
    private final MethodHandle moveFileEx;

    private WindowsCalls() {
        Linker linker = Linker.nativeLinker();
        SymbolLookup kernel = SymbolLookup.libraryLookup("kernel32", Arena.global());
        createFile = linker.downcallHandle(
                kernel.findOrThrow("CreateFileW"),
                FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG));
        information = linker.downcallHandle(
                kernel.findOrThrow("GetFileInformationByHandle"), FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
        informationEx = linker.downcallHandle(
                kernel.findOrThrow("GetFileInformationByHandleEx"),
                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
        closeHandle =
                linker.downcallHandle(kernel.findOrThrow("CloseHandle"), FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
        moveFileEx = linker.downcallHandle(
                kernel.findOrThrow("MoveFileExW"), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    }

    /** The holder of what is loaded when it is first needed: only on Windows. */
    private static final class Loaded {
        static final WindowsCalls CALLS = new WindowsCalls();
    }

    static WindowsCalls ofHost() {
        return Loaded.CALLS;
    }

    /**
     * The identity of a file.
     *
     * @param volume serial number of its volume
     * @param index unique on that volume
     * @param links how many names it has
     * @param changed when content, attributes or name last changed; nothing sets that back
     */
    record Identity(long volume, long index, int links, Instant changed) {}

    /** Looks without following a link. Any process may have the file open in any way. */
    Identity identify(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long handle = (long) createFile.invokeExact(
                    wide(arena, path.toAbsolutePath().toString()),
                    READ_ATTRIBUTES,
                    SHARE_ALL,
                    MemorySegment.NULL,
                    OPEN_EXISTING,
                    BACKUP_SEMANTICS_AND_OPEN_REPARSE_POINT,
                    0L);
            if (handle == INVALID_HANDLE) {
                throw new FileSystemException(path.toString(), null, "cannot be identified");
            }
            try {
                return identify(arena, handle, path);
            } finally {
                int closed = (int) closeHandle.invokeExact(handle);
                assert closed != 0;
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(path + ": " + Reason.ofUnexpected(e), e);
        }
    }

    private Identity identify(Arena arena, long handle, Path path) throws Throwable {
        MemorySegment info = arena.allocate(INFORMATION_SIZE, Integer.BYTES);
        MemorySegment basic = arena.allocate(BASIC_SIZE, Long.BYTES);
        if ((int) information.invokeExact(handle, info) == 0
                || (int) informationEx.invokeExact(handle, FILE_BASIC_INFO, basic, BASIC_SIZE) == 0) {
            throw new FileSystemException(path.toString(), null, "cannot be identified");
        }
        long index = Integer.toUnsignedLong(info.get(JAVA_INT_UNALIGNED, INDEX_HIGH)) << Integer.SIZE
                | Integer.toUnsignedLong(info.get(JAVA_INT_UNALIGNED, INDEX_LOW));
        return new Identity(
                Integer.toUnsignedLong(info.get(JAVA_INT_UNALIGNED, VOLUME)),
                index,
                info.get(JAVA_INT_UNALIGNED, LINKS),
                time(basic.get(JAVA_LONG, CHANGE_TIME)));
    }

    /** Returns the instant of a file time, which counts 100 ns from 1601. */
    static Instant time(long fileTime) {
        long units = fileTime - EPOCH;
        return Instant.ofEpochSecond(
                Math.floorDiv(units, UNITS_PER_SECOND), Math.floorMod(units, UNITS_PER_SECOND) * NANOS_PER_UNIT);
    }

    /** Has a file removed when the host boots. Nothing depends on it: the next run looks for what is left, too. */
    void deleteAtBoot(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) moveFileEx.invokeExact(
                    wide(arena, path.toAbsolutePath().toString()), MemorySegment.NULL, DELAY_UNTIL_REBOOT);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment wide(Arena arena, String path) {
        String text = path;
        if (path.length() >= LONGEST_PLAIN) {
            text = path.startsWith("\\\\") ? "\\\\?\\UNC" + path.substring(1) : "\\\\?\\" + path;
        }
        return arena.allocateFrom(text, StandardCharsets.UTF_16LE);
    }
}
