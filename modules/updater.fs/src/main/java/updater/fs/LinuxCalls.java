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
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.Optional;

/**
 * Call what NIO lacks in the C library of a 64-bit Linux. The only native code of the updater. Safe for use by several
 * threads.
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

    /** Stands for the directory handle where the path is absolute. */
    static final int NO_DIRECTORY = -100;

    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final long UTIME_OMIT = (1L << 30) - 2;

    /** The encoding in which NIO writes names; both must agree on what a name is. */
    private final Charset names;

    private final Flags flags;
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);
    private final MemorySegment openat;
    private final MemorySegment close;
    private final MemorySegment lseek;
    private final MemorySegment pread;
    private final MemorySegment renameat;
    private final MemorySegment linkat;
    private final MemorySegment unlinkat;
    private final MemorySegment symlinkat;
    private final MemorySegment readlinkat;
    private final MemorySegment chmod;
    private final MemorySegment chown;
    private final MemorySegment utimensat;
    private final MemorySegment flistxattr;
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
        openat = symbols.find("openat");
        close = symbols.find("close");
        lseek = symbols.find("lseek");
        pread = symbols.find("pread");
        renameat = symbols.find("renameat");
        linkat = symbols.find("linkat");
        unlinkat = symbols.find("unlinkat");
        symlinkat = symbols.find("symlinkat");
        readlinkat = symbols.find("readlinkat");
        chmod = symbols.find("chmod");
        chown = symbols.find("chown");
        utimensat = symbols.find("utimensat");
        flistxattr = symbols.find("flistxattr");
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
        private static final int NON_BLOCKING = 04000;
        private static final int NO_CONTROLLING_TERMINAL = 0400;
        private static final int PATH = 010000000;

        static Optional<Flags> of(String architecture) {
            return switch (architecture) {
                case "amd64", "x86_64", "riscv64", "loongarch64" -> Optional.of(new Flags(0200000, 0400000));
                case "aarch64", "ppc64le" -> Optional.of(new Flags(040000, 0100000));
                default -> Optional.empty();
            };
        }
    }

    /** Opens a handle on whatever the name is, a link itself included. */
    int openPath(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        return open(directory, name, Flags.PATH | flags.noFollow, 0);
    }

    /** Opens a handle on a directory, not following the last component. */
    int openDirectory(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        return open(directory, name, Flags.PATH | flags.noFollow | flags.directory, 0);
    }

    /** Opens a handle on a directory, following all links on the way. */
    int openFollowing(String path) throws SystemCallFailed, CharacterCodingException {
        return open(NO_DIRECTORY, path, Flags.PATH | flags.directory, 0);
    }

    int openForReading(String path) throws SystemCallFailed, CharacterCodingException {
        return open(NO_DIRECTORY, path, 0, 0);
    }

    /** Opens a file itself for reading, without waiting for anybody: for the writer of a FIFO, or the holder of a lease. */
    int openFileForReading(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        return open(directory, name, flags.noFollow | Flags.NON_BLOCKING | Flags.NO_CONTROLLING_TERMINAL, 0);
    }

    int createForWriting(int directory, String name, int mode) throws SystemCallFailed, CharacterCodingException {
        return open(directory, name, Flags.WRITE_ONLY | Flags.CREATE | Flags.EXCLUSIVE | flags.noFollow, mode);
    }

    private int open(int directory, String name, int how, int mode) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        return integer(memory, openat, directory, memory.first(encoded(name)), how | Flags.CLOSE_ON_EXEC, mode, 0);
    }

    void close(int descriptor) throws SystemCallFailed {
        integer(scratch.get(), close, descriptor, 0, 0, 0, 0);
    }

    long seekData(int descriptor, long from) throws SystemCallFailed {
        return call(scratch.get(), lseek, descriptor, from, SEEK_DATA, 0, 0);
    }

    long seekHole(int descriptor, long from) throws SystemCallFailed {
        return call(scratch.get(), lseek, descriptor, from, SEEK_HOLE, 0, 0);
    }

    /**
     * Reads from a position into the rest of a buffer, whose own position stays.
     *
     * @return how many bytes were read, 0 at the end of the file
     */
    int read(int descriptor, long position, ByteBuffer direct) throws SystemCallFailed {
        MemorySegment into = MemorySegment.ofBuffer(direct);
        return (int) call(scratch.get(), pread, descriptor, into.address(), into.byteSize(), position, 0);
    }

    void rename(int from, String name, int to, String newName) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, renameat, from, memory.first(encoded(name)), to, memory.second(encoded(newName)), 0);
    }

    /** Gives a file another name; a link is not followed. */
    void link(int from, String name, int to, String newName) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, linkat, from, memory.first(encoded(name)), to, memory.second(encoded(newName)), 0);
    }

    void unlink(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, unlinkat, directory, memory.first(encoded(name)), 0, 0, 0);
    }

    void rmdir(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, unlinkat, directory, memory.first(encoded(name)), AT_REMOVEDIR, 0, 0);
    }

    void symlink(String target, int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, symlinkat, memory.first(encoded(target)), directory, memory.second(encoded(name)), 0, 0);
    }

    /** Returns what a link holds; an empty name stands for the link that a handle was opened on. */
    byte[] readlink(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        MemorySegment buffer = memory.buffer;
        return memory.bytes(call(
                memory, readlinkat, directory, memory.first(encoded(name)), buffer.address(), buffer.byteSize(), 0));
    }

    void chmod(String path, int mode) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, chmod, memory.first(encoded(path)), mode, 0, 0, 0);
    }

    void chown(String path, long uid, long gid) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, chown, memory.first(encoded(path)), uid, gid, 0, 0);
    }

    /** Changes the modification time only. */
    void touch(String path, long seconds, int nanos) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        memory.numbers.putLong(0, 0).putLong(8, UTIME_OMIT).putLong(16, seconds).putLong(24, nanos);
        integer(memory, utimensat, NO_DIRECTORY, memory.first(encoded(path)), memory.buffer.address(), 0, 0);
    }

    /** Returns the names of extended attributes, each ending in a zero byte. */
    byte[] attributeNames(String path, boolean follow) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        MemorySegment buffer = memory.buffer;
        MemorySegment function = follow ? listxattr : llistxattr;
        return memory.bytes(
                call(memory, function, memory.first(encoded(path)), buffer.address(), buffer.byteSize(), 0, 0));
    }

    /** As {@link #attributeNames(String, boolean)}, of a file that is open for reading. */
    byte[] attributeNames(int descriptor) throws SystemCallFailed {
        Scratch memory = scratch.get();
        MemorySegment buffer = memory.buffer;
        return memory.bytes(call(memory, flistxattr, descriptor, buffer.address(), buffer.byteSize(), 0, 0));
    }

    byte[] attribute(String path, byte[] name, boolean follow) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        long file = memory.first(encoded(path));
        long attribute = memory.second(name);
        MemorySegment buffer = memory.buffer;
        MemorySegment function = follow ? getxattr : lgetxattr;
        return memory.bytes(call(memory, function, file, attribute, buffer.address(), buffer.byteSize(), 0));
    }

    void setAttribute(String path, byte[] name, byte[] value) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        long file = memory.first(encoded(path));
        long attribute = memory.second(name);
        if (value.length > memory.buffer.byteSize()) {
            throw new SystemCallFailed(SystemCallFailed.ERANGE);
        }
        MemorySegment.copy(value, 0, memory.buffer, JAVA_BYTE, 0, value.length);
        integer(memory, setxattr, file, attribute, memory.buffer.address(), value.length, 0);
    }

    void removeAttribute(String path, byte[] name) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, removexattr, memory.first(encoded(path)), memory.second(name), 0, 0, 0);
    }

    void syncfs(int descriptor) throws SystemCallFailed {
        integer(scratch.get(), syncfs, descriptor, 0, 0, 0, 0);
    }

    /** Returns a {@code struct statvfs}, good until this thread's next call. */
    ByteBuffer statvfs(String path) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        integer(memory, statvfs, memory.first(encoded(path)), memory.buffer.address(), 0, 0, 0);
        return memory.numbers;
    }

    /**
     * Returns a {@code struct statx} of the name itself, good until this thread's next call; an empty name stands for what
     * the handle was opened on.
     */
    ByteBuffer statx(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Scratch memory = scratch.get();
        int how = AT_SYMLINK_NOFOLLOW | (name.isEmpty() ? AT_EMPTY_PATH : 0);
        long path = memory.first(encoded(name));
        integer(memory, statx, directory, path, how, STATX_BASIC_STATS, memory.buffer.address());
        return memory.numbers;
    }

    /** Returns the string that is encoded as these bytes, empty when there is none. */
    Optional<String> decoded(byte[] name) {
        try {
            return Optional.of(names.newDecoder().decode(ByteBuffer.wrap(name)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private byte[] encoded(String text) throws CharacterCodingException {
        byte[] bytes = text.getBytes(names);
        if (!new String(bytes, names).equals(text)) {
            throw new CharacterCodingException();
        }
        return bytes;
    }

    private static int integer(Scratch memory, MemorySegment function, long a, long b, long c, long d, long e)
            throws SystemCallFailed {
        int result = (int) invoke(function, memory.state, a, b, c, d, e);
        if (result < 0) {
            throw new SystemCallFailed((int) ERRNO.get(memory.state, 0L));
        }
        return result;
    }

    private static long call(Scratch memory, MemorySegment function, long a, long b, long c, long d, long e)
            throws SystemCallFailed {
        long result = invoke(function, memory.state, a, b, c, d, e);
        if (result < 0) {
            throw new SystemCallFailed((int) ERRNO.get(memory.state, 0L));
        }
        return result;
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

    /** Memory a thread hands to its calls, one after the other; allocating it anew costs more than the calls do. */
    private static final class Scratch {
        // Longer than any path or attribute name the kernel takes (PATH_MAX is 4096, XATTR_NAME_MAX 255).
        private static final int TEXT = 8192;
        // The kernel's limit for an attribute's value and for all names (XATTR_SIZE_MAX, XATTR_LIST_MAX).
        private static final int VALUE = 65536;

        private final Arena arena = Arena.ofAuto();
        private final MemorySegment first = arena.allocate(TEXT);
        private final MemorySegment second = arena.allocate(TEXT);
        final MemorySegment state = arena.allocate(STATE);
        final MemorySegment buffer = arena.allocate(VALUE, Long.BYTES);
        final ByteBuffer numbers = buffer.asByteBuffer().order(ByteOrder.nativeOrder());

        long first(byte[] text) throws SystemCallFailed {
            return terminated(first, text);
        }

        long second(byte[] text) throws SystemCallFailed {
            return terminated(second, text);
        }

        private static long terminated(MemorySegment target, byte[] text) throws SystemCallFailed {
            if (text.length >= TEXT) {
                throw new SystemCallFailed(SystemCallFailed.ENAMETOOLONG);
            }
            MemorySegment.copy(text, 0, target, JAVA_BYTE, 0, text.length);
            target.set(JAVA_BYTE, text.length, (byte) 0);
            return target.address();
        }

        byte[] bytes(long length) {
            return buffer.asSlice(0, length).toArray(JAVA_BYTE);
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
