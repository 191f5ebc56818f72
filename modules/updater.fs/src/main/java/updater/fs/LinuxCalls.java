package updater.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.Optional;

/**
 * Call what NIO lacks in the C library of a 64-bit Linux. The only native code of the updater.
 *
 * <p>All functions go through one signature, five 64-bit integers to one: every further one costs some milliseconds when
 * the updater starts. It is sound because every parameter here is an integer or pointer, and the calling conventions of
 * the architectures in {@link Flags} pass the first five of those in registers, sign-extended, whatever their width or the
 * function's being variadic; a callee does not look at registers beyond its parameters. An {@code int} comes back in the
 * lower half of the result.
 */
@SuppressWarnings("restricted") // This is where native access is meant to be.
final class LinuxCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));
    private static final long AT_FDCWD = -100;
    private static final long UTIME_OMIT = (1L << 30) - 2;
    private static final int INITIAL_BUFFER = 4096;

    /** The encoding in which NIO writes names; both must agree on what a name is. */
    private final Charset names;

    private final Flags flags;
    private final MemorySegment open;
    private final MemorySegment close;
    private final MemorySegment lseek;
    private final MemorySegment unlink;
    private final MemorySegment rmdir;
    private final MemorySegment symlink;
    private final MemorySegment readlinkat;
    private final MemorySegment chmod;
    private final MemorySegment chown;
    private final MemorySegment utimensat;
    private final MemorySegment listxattr;
    private final MemorySegment llistxattr;
    private final MemorySegment getxattr;
    private final MemorySegment lgetxattr;
    private final MemorySegment setxattr;
    private final MemorySegment removexattr;
    private final MemorySegment syncfs;
    private final MemorySegment statvfs;
    private final MemorySegment statx;

    private LinuxCalls(Flags flags, Charset names) {
        Symbols symbols = new Symbols();
        this.flags = flags;
        this.names = names;
        open = symbols.find("open");
        close = symbols.find("close");
        lseek = symbols.find("lseek");
        unlink = symbols.find("unlink");
        rmdir = symbols.find("rmdir");
        symlink = symbols.find("symlink");
        readlinkat = symbols.find("readlinkat");
        chmod = symbols.find("chmod");
        chown = symbols.find("chown");
        utimensat = symbols.find("utimensat");
        listxattr = symbols.find("listxattr");
        llistxattr = symbols.find("llistxattr");
        getxattr = symbols.find("getxattr");
        lgetxattr = symbols.find("lgetxattr");
        setxattr = symbols.find("setxattr");
        removexattr = symbols.find("removexattr");
        syncfs = symbols.find("syncfs");
        statvfs = symbols.find("statvfs");
        statx = symbols.find("statx");
    }

    /** Returns the calls, or nothing where this host's library lacks one of them. */
    static Optional<LinuxCalls> load(Flags flags, Charset names) {
        try {
            return Optional.of(new LinuxCalls(flags, names));
        } catch (MissingSymbol | UnsupportedOperationException | IllegalCallerException e) {
            return Optional.empty();
        }
    }

    /**
     * The values of {@code open(2)} flags, which differ between architectures (Linux: {@code asm/fcntl.h}).
     *
     * @param directory {@code O_DIRECTORY}
     * @param noFollow {@code O_NOFOLLOW}
     */
    record Flags(int directory, int noFollow) {
        private static final int WRITE_ONLY = 1;
        private static final int CREATE = 0100;
        private static final int EXCLUSIVE = 0200;
        private static final int CLOSE_ON_EXEC = 02000000;
        private static final int PATH = 010000000;

        static Optional<Flags> of(String architecture) {
            return switch (architecture) {
                case "amd64", "x86_64", "riscv64", "loongarch64" -> Optional.of(new Flags(0200000, 0400000));
                case "aarch64", "ppc64le" -> Optional.of(new Flags(040000, 0100000));
                default -> Optional.empty();
            };
        }
    }

    /** Opens a handle on whatever the path names, a link itself included. */
    int openPath(String path) throws SystemCallFailed, CharacterCodingException {
        return open(path, Flags.PATH | flags.noFollow, 0);
    }

    /** Opens a handle on a directory, not following the last component. */
    int openDirectory(String path) throws SystemCallFailed, CharacterCodingException {
        return open(path, Flags.PATH | flags.noFollow | flags.directory, 0);
    }

    /** Opens a handle on a directory, following all links on the way. */
    int openFollowing(String path) throws SystemCallFailed, CharacterCodingException {
        return open(path, Flags.PATH | flags.directory, 0);
    }

    int openForReading(String path) throws SystemCallFailed, CharacterCodingException {
        return open(path, 0, 0);
    }

    int createForWriting(String path, int mode) throws SystemCallFailed, CharacterCodingException {
        return open(path, Flags.WRITE_ONLY | Flags.CREATE | Flags.EXCLUSIVE | flags.noFollow, mode);
    }

    private int open(String path, int openFlags, int mode) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            return integer(open, address(path, arena), openFlags | Flags.CLOSE_ON_EXEC, mode, 0, 0);
        }
    }

    void close(int descriptor) throws SystemCallFailed {
        integer(close, descriptor, 0, 0, 0, 0);
    }

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    long seekData(int descriptor, long from) throws SystemCallFailed {
        return call(lseek, descriptor, from, SEEK_DATA, 0, 0);
    }

    long seekHole(int descriptor, long from) throws SystemCallFailed {
        return call(lseek, descriptor, from, SEEK_HOLE, 0, 0);
    }

    void unlink(String path) throws SystemCallFailed, CharacterCodingException {
        onPath(unlink, path, 0, 0);
    }

    void rmdir(String path) throws SystemCallFailed, CharacterCodingException {
        onPath(rmdir, path, 0, 0);
    }

    void chmod(String path, int mode) throws SystemCallFailed, CharacterCodingException {
        onPath(chmod, path, mode, 0);
    }

    void chown(String path, long uid, long gid) throws SystemCallFailed, CharacterCodingException {
        onPath(chown, path, uid, gid);
    }

    private void onPath(MemorySegment function, String path, long second, long third)
            throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            integer(function, address(path, arena), second, third, 0, 0);
        }
    }

    void symlink(String target, String path) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            integer(symlink, address(target, arena), address(path, arena), 0, 0, 0);
        }
    }

    /** Returns what the link at a path holds. */
    byte[] readlink(String path) throws SystemCallFailed, CharacterCodingException {
        return readlink(AT_FDCWD, path);
    }

    /** Returns what the link holds that a handle was opened on. */
    byte[] readlink(int descriptor) throws SystemCallFailed, CharacterCodingException {
        return readlink(descriptor, "");
    }

    private byte[] readlink(long directory, String path) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            // A link holds at most PATH_MAX - 1 = 4095 bytes.
            MemorySegment buffer = arena.allocate(INITIAL_BUFFER);
            long length = call(readlinkat, directory, address(path, arena), buffer.address(), buffer.byteSize(), 0);
            return buffer.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    /** Changes the modification time only. */
    void touch(String path, long seconds, int nanos) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocateFrom(JAVA_LONG, 0, UTIME_OMIT, seconds, nanos);
            integer(utimensat, AT_FDCWD, address(path, arena), times.address(), 0, 0);
        }
    }

    /** Returns the names of extended attributes, each ending in a zero byte. */
    byte[] attributeNames(String path, boolean follow) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            long file = address(path, arena);
            return grown(arena, (buffer, size) -> call(follow ? listxattr : llistxattr, file, buffer, size, 0, 0));
        }
    }

    byte[] attribute(String path, byte[] name, boolean follow) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            long file = address(path, arena);
            long attribute = address(name, arena);
            return grown(
                    arena, (buffer, size) -> call(follow ? getxattr : lgetxattr, file, attribute, buffer, size, 0));
        }
    }

    void setAttribute(String path, byte[] name, byte[] value) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, value.length));
            MemorySegment.copy(value, 0, bytes, JAVA_BYTE, 0, value.length);
            integer(setxattr, address(path, arena), address(name, arena), bytes.address(), value.length, 0);
        }
    }

    void removeAttribute(String path, byte[] name) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            integer(removexattr, address(path, arena), address(name, arena), 0, 0, 0);
        }
    }

    private interface Filling {
        long fill(long buffer, long size) throws SystemCallFailed;
    }

    private static byte[] grown(Arena arena, Filling filling) throws SystemCallFailed {
        MemorySegment buffer = arena.allocate(INITIAL_BUFFER);
        while (true) {
            try {
                long length = filling.fill(buffer.address(), buffer.byteSize());
                return buffer.asSlice(0, length).toArray(JAVA_BYTE);
            } catch (SystemCallFailed e) {
                // The kernel's limit for a value and for all names is 64 KiB (XATTR_SIZE_MAX, XATTR_LIST_MAX).
                if (e.number() != SystemCallFailed.ERANGE || buffer.byteSize() > 1 << 20) {
                    throw e;
                }
                buffer = arena.allocate(buffer.byteSize() * 4);
            }
        }
    }

    void syncfs(int descriptor) throws SystemCallFailed {
        integer(syncfs, descriptor, 0, 0, 0, 0);
    }

    /** Fills {@code buffer} with a {@code struct statvfs}. */
    void statvfs(String path, MemorySegment buffer) throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            integer(statvfs, address(path, arena), buffer.address(), 0, 0, 0);
        }
    }

    /** Fills {@code buffer} with a {@code struct statx}. */
    void statx(String path, int atFlags, int mask, MemorySegment buffer)
            throws SystemCallFailed, CharacterCodingException {
        try (Arena arena = Arena.ofConfined()) {
            integer(statx, AT_FDCWD, address(path, arena), atFlags, mask, buffer.address());
        }
    }

    /** Returns the string that is encoded as these bytes, empty when there is none. */
    Optional<String> decoded(byte[] name) {
        try {
            return Optional.of(names.newDecoder().decode(ByteBuffer.wrap(name)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private long address(String text, Arena arena) throws CharacterCodingException {
        ByteBuffer bytes = names.newEncoder().encode(CharBuffer.wrap(text));
        byte[] encoded = new byte[bytes.remaining()];
        bytes.get(encoded);
        return address(encoded, arena);
    }

    private static long address(byte[] text, Arena arena) {
        MemorySegment terminated = arena.allocate(text.length + 1L);
        MemorySegment.copy(text, 0, terminated, JAVA_BYTE, 0, text.length);
        return terminated.address();
    }

    private static int integer(MemorySegment function, long a, long b, long c, long d, long e) throws SystemCallFailed {
        return (int) call(function, a, b, c, d, e, true);
    }

    private static long call(MemorySegment function, long a, long b, long c, long d, long e) throws SystemCallFailed {
        return call(function, a, b, c, d, e, false);
    }

    private static long call(MemorySegment function, long a, long b, long c, long d, long e, boolean narrow)
            throws SystemCallFailed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = invoke(function, state, a, b, c, d, e);
            if ((narrow ? (int) result : result) < 0) {
                throw new SystemCallFailed((int) ERRNO.get(state, 0L));
            }
            return result;
        }
    }

    private static long invoke(MemorySegment function, MemorySegment state, long a, long b, long c, long d, long e) {
        try {
            return (long) CALL.invokeExact(function, state, a, b, c, d, e);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new AssertionError("a native call throws nothing checked", failure);
        }
    }

    /**
     * Find functions as the dynamic linker would for this program, so that a preloaded library that stands in for one of
     * them, as tests of failing disks use, is found first.
     */
    private static final class Symbols {
        private final SymbolLookup library = LINKER.defaultLookup();
        private final Optional<MemorySegment> dlsym = library.find("dlsym");

        MemorySegment find(String name) {
            return dlsym.flatMap(function -> preloaded(function, name))
                    .or(() -> library.find(name))
                    .orElseThrow(() -> new MissingSymbol(name));
        }

        private static Optional<MemorySegment> preloaded(MemorySegment dlsym, String name) {
            try (Arena arena = Arena.ofConfined()) {
                // RTLD_DEFAULT is a null pointer in glibc and musl.
                long found = invoke(
                        dlsym,
                        arena.allocate(STATE),
                        0,
                        arena.allocateFrom(name).address(),
                        0,
                        0,
                        0);
                return found == 0 ? Optional.empty() : Optional.of(MemorySegment.ofAddress(found));
            }
        }
    }

    private static final class MissingSymbol extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MissingSymbol(String name) {
            super(name);
        }
    }
}
