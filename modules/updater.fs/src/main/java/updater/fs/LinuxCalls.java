package updater.fs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static updater.fs.CLibrary.call;
import static updater.fs.CLibrary.integer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import updater.api.Ticker;
import updater.fs.CLibrary.Memory;

/**
 * The system calls of a 64-bit Linux that NIO lacks. With {@link CLibrary}, the only native code of the updater. Safe for
 * use by several threads.
 */
final class LinuxCalls {
    /** Stands for the directory handle where the path is absolute. */
    static final int NO_DIRECTORY = -100;

    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int SET_DESCRIPTOR_FLAGS = 2;
    private static final int CLOSE_ON_EXECUTION = 1;
    private static final long UTIME_OMIT = (1L << 30) - 2;

    /** The encoding in which NIO writes names; both must agree on what a name is. */
    private final Charset names;

    final Flags flags;
    private final LeasePatience leases;
    private final ThreadLocal<Memory> memories = ThreadLocal.withInitial(Memory::new);
    private final CLibrary library = new CLibrary();
    private final MemorySegment openat = library.find("openat");
    private final MemorySegment close = library.find("close");
    private final MemorySegment lseek = library.find("lseek");
    private final MemorySegment pread = library.find("pread");
    private final MemorySegment renameat = library.find("renameat");
    private final MemorySegment linkat = library.find("linkat");
    private final MemorySegment unlinkat = library.find("unlinkat");
    private final MemorySegment symlinkat = library.find("symlinkat");
    private final MemorySegment readlinkat = library.find("readlinkat");
    private final MemorySegment chmod = library.find("chmod");
    private final MemorySegment chown = library.find("chown");
    private final MemorySegment utimensat = library.find("utimensat");
    private final MemorySegment flistxattr = library.find("flistxattr");
    private final MemorySegment listxattr = library.find("listxattr");
    private final MemorySegment llistxattr = library.find("llistxattr");
    private final MemorySegment getxattr = library.find("getxattr");
    private final MemorySegment lgetxattr = library.find("lgetxattr");
    private final MemorySegment setxattr = library.find("setxattr");
    private final MemorySegment removexattr = library.find("removexattr");
    private final MemorySegment fcntl = library.find("fcntl");
    private final MemorySegment syncfs = library.find("syncfs");
    private final MemorySegment statvfs = library.find("statvfs");
    private final MemorySegment statx = library.find("statx");

    private LinuxCalls(Flags flags, Charset names, Ticker clock) {
        this.flags = flags;
        this.leases = new LeasePatience(clock);
        this.names = names;
    }

    /**
     * Returns the calls, or nothing where this host's library lacks one of them.
     *
     * @param clock by which holders of leases are waited for
     */
    static Optional<LinuxCalls> load(Flags flags, Charset names, Ticker clock) {
        try {
            return Optional.of(new LinuxCalls(flags, names, clock));
        } catch (NoSuchElementException | UnsupportedOperationException | IllegalCallerException e) {
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

    /** Opens for reading, and waits neither for the writer of a FIFO nor for the holder of a lease. */
    int openForReading(String path) throws SystemCallFailed, CharacterCodingException {
        return open(NO_DIRECTORY, path, Flags.NON_BLOCKING | Flags.NO_CONTROLLING_TERMINAL, 0);
    }

    /** As {@link #openForReading}, for writing. */
    int openForWriting(String path) throws SystemCallFailed, CharacterCodingException {
        return open(NO_DIRECTORY, path, Flags.WRITE_ONLY | Flags.NON_BLOCKING | Flags.NO_CONTROLLING_TERMINAL, 0);
    }

    /** Returns how long holders of leases are waited for. */
    LeasePatience leases() {
        return leases;
    }

    /** Opens a file itself for reading, and waits neither for the writer of a FIFO nor for the holder of a lease. */
    int openFileForReading(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        return open(directory, name, flags.noFollow | Flags.NON_BLOCKING | Flags.NO_CONTROLLING_TERMINAL, 0);
    }

    int createForWriting(int directory, String name, int mode) throws SystemCallFailed, CharacterCodingException {
        return open(directory, name, Flags.WRITE_ONLY | Flags.CREATE | Flags.EXCLUSIVE | flags.noFollow, mode);
    }

    int open(int directory, String name, int how, int mode) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        return integer(memory, openat, directory, memory.first(encoded(name)), how | Flags.CLOSE_ON_EXEC, mode, 0);
    }

    void close(int descriptor) throws SystemCallFailed {
        integer(memories.get(), close, descriptor, 0, 0, 0, 0);
    }

    long seekData(int descriptor, long from) throws SystemCallFailed {
        return call(memories.get(), lseek, descriptor, from, SEEK_DATA, 0, 0);
    }

    long seekHole(int descriptor, long from) throws SystemCallFailed {
        return call(memories.get(), lseek, descriptor, from, SEEK_HOLE, 0, 0);
    }

    /**
     * Reads from a position into the rest of a buffer, whose own position stays.
     *
     * @return how many bytes were read, 0 at the end of the file
     */
    int read(int descriptor, long position, ByteBuffer direct) throws SystemCallFailed {
        MemorySegment into = MemorySegment.ofBuffer(direct);
        return (int) call(memories.get(), pread, descriptor, into.address(), into.byteSize(), position, 0);
    }

    void rename(int from, String name, int to, String newName) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, renameat, from, memory.first(encoded(name)), to, memory.second(encoded(newName)), 0);
    }

    /** Gives a file another name; a link is not followed. */
    void link(int from, String name, int to, String newName) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, linkat, from, memory.first(encoded(name)), to, memory.second(encoded(newName)), 0);
    }

    void unlink(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, unlinkat, directory, memory.first(encoded(name)), 0, 0, 0);
    }

    void rmdir(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, unlinkat, directory, memory.first(encoded(name)), AT_REMOVEDIR, 0, 0);
    }

    void symlink(String target, int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(
                memory,
                symlinkat,
                memory.first(LinkTarget.bytes(target, names)),
                directory,
                memory.second(encoded(name)),
                0,
                0);
    }

    /** Returns what a link holds; an empty name stands for the link that a handle was opened on. */
    byte[] readlink(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        MemorySegment buffer = memory.buffer;
        return memory.bytes(call(
                memory, readlinkat, directory, memory.first(encoded(name)), buffer.address(), buffer.byteSize(), 0));
    }

    void chmod(String path, int mode) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, chmod, memory.first(encoded(path)), mode, 0, 0, 0);
    }

    void chown(String path, long uid, long gid) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, chown, memory.first(encoded(path)), uid, gid, 0, 0);
    }

    /** Changes the modification time only. */
    void touch(String path, long seconds, int nanos) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        memory.numbers.putLong(0, 0).putLong(8, UTIME_OMIT).putLong(16, seconds).putLong(24, nanos);
        integer(memory, utimensat, NO_DIRECTORY, memory.first(encoded(path)), memory.buffer.address(), 0, 0);
    }

    /** Returns the names of extended attributes, each ending in a zero byte. */
    byte[] attributeNames(String path, boolean follow) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        return names(memory, follow ? listxattr : llistxattr, memory.first(encoded(path)));
    }

    /** As {@link #attributeNames(String, boolean)}, of a file that is open for reading. */
    byte[] attributeNames(int descriptor) throws SystemCallFailed {
        return names(memories.get(), flistxattr, descriptor);
    }

    private static byte[] names(Memory memory, MemorySegment function, long file) throws SystemCallFailed {
        MemorySegment buffer = memory.buffer;
        return memory.bytes(call(memory, function, file, buffer.address(), buffer.byteSize(), 0, 0));
    }

    byte[] attribute(String path, byte[] name, boolean follow) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        long file = memory.first(encoded(path));
        long attribute = memory.second(name);
        MemorySegment buffer = memory.buffer;
        MemorySegment function = follow ? getxattr : lgetxattr;
        return memory.bytes(call(memory, function, file, attribute, buffer.address(), buffer.byteSize(), 0));
    }

    void setAttribute(String path, byte[] name, byte[] value) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        long file = memory.first(encoded(path));
        long attribute = memory.second(name);
        if (value.length > memory.buffer.byteSize()) {
            throw new SystemCallFailed(SystemCallFailed.ERANGE);
        }
        MemorySegment.copy(value, 0, memory.buffer, JAVA_BYTE, 0, value.length);
        integer(memory, setxattr, file, attribute, memory.buffer.address(), value.length, 0);
    }

    void removeAttribute(String path, byte[] name) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, removexattr, memory.first(encoded(path)), memory.second(name), 0, 0, 0);
    }

    /**
     * Returns whether a file that was opened for reading only is open for writing somewhere: the kernel grants a lease for
     * reading only where it is not (fcntl(2), "Leases"). Whoever opens it while the lease lasts sends this process a signal,
     * by default one that would end it.
     */
    Pinned.Writers writers(int descriptor) throws SystemCallFailed {
        Memory memory = memories.get();
        try {
            integer(memory, fcntl, descriptor, Lease.SET_SIGNAL, Lease.IGNORED_SIGNAL, 0, 0);
            integer(memory, fcntl, descriptor, Lease.SET, Lease.READ, 0, 0);
        } catch (SystemCallFailed e) {
            return e.number() == SystemCallFailed.EAGAIN ? Pinned.Writers.SOME : Pinned.Writers.UNKNOWN;
        }
        integer(memory, fcntl, descriptor, Lease.SET, Lease.NONE, 0, 0);
        return Pinned.Writers.NONE;
    }

    /** Numbers of fcntl(2), the same on every architecture above (Linux: {@code asm-generic/fcntl.h}). */
    private static final class Lease {
        static final int SET_SIGNAL = 10;
        static final int SET = 1024;
        static final int READ = 0;
        static final int NONE = 2;
        /** SIGURG. */
        static final int IGNORED_SIGNAL = 23;
    }

    /** Becomes another program, to which nothing that is open is handed on but the standard streams. */
    void execute(String program, List<String> arguments, List<String> environment) throws IOException {
        closeOnExecution();
        try (Arena arena = Arena.ofConfined()) {
            long path = text(arena, program).address();
            integer(
                    memories.get(),
                    library.find("execve"),
                    path,
                    texts(arena, arguments).address(),
                    texts(arena, environment).address(),
                    0,
                    0);
        }
    }

    private void closeOnExecution() throws IOException {
        try (DirectoryStream<Path> opened = Files.newDirectoryStream(Path.of(LinuxDisk.DESCRIPTORS))) {
            for (Path each : opened) {
                int descriptor = Integer.parseInt(String.valueOf(each.getFileName()));
                if (descriptor > 2) {
                    closeOnExecution(descriptor);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** One that another thread has closed meanwhile is handed on to nobody. */
    private void closeOnExecution(int descriptor) throws SystemCallFailed {
        try {
            integer(memories.get(), fcntl, descriptor, SET_DESCRIPTOR_FLAGS, CLOSE_ON_EXECUTION, 0, 0);
        } catch (SystemCallFailed e) {
            if (e.number() != SystemCallFailed.EBADF) {
                throw e;
            }
        }
    }

    private MemorySegment texts(Arena arena, List<String> texts) throws CharacterCodingException {
        MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            pointers.setAtIndex(ValueLayout.ADDRESS, i, text(arena, texts.get(i)));
        }
        pointers.setAtIndex(ValueLayout.ADDRESS, texts.size(), MemorySegment.NULL);
        return pointers;
    }

    private MemorySegment text(Arena arena, String text) throws CharacterCodingException {
        byte[] bytes = encoded(text);
        MemorySegment segment = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    void syncfs(int descriptor) throws SystemCallFailed {
        integer(memories.get(), syncfs, descriptor, 0, 0, 0, 0);
    }

    /** Returns a {@code struct statvfs}, good until this thread's next call. */
    ByteBuffer statvfs(String path) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        integer(memory, statvfs, memory.first(encoded(path)), memory.buffer.address(), 0, 0, 0);
        return memory.numbers;
    }

    /**
     * Returns a {@code struct statx} of the name itself, good until this thread's next call; an empty name stands for what
     * the handle was opened on.
     */
    ByteBuffer statx(int directory, String name) throws SystemCallFailed, CharacterCodingException {
        Memory memory = memories.get();
        int how = AT_SYMLINK_NOFOLLOW | (name.isEmpty() ? AT_EMPTY_PATH : 0);
        long path = memory.first(encoded(name));
        integer(memory, statx, directory, path, how, STATX_BASIC_STATS, memory.buffer.address());
        return memory.numbers;
    }

    /** Returns what a link holds as {@link #symlink} takes it, whatever it is. */
    String target(byte[] link) {
        return LinkTarget.text(link, names);
    }

    private byte[] encoded(String text) throws CharacterCodingException {
        byte[] bytes = text.getBytes(names);
        if (!new String(bytes, names).equals(text)) {
            throw new CharacterCodingException();
        }
        return bytes;
    }
}
