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
import java.util.Optional;

/**
 * Functions of the C library and the way to call them. Safe for use by several threads.
 *
 * <p>All functions go through one signature, five 64-bit integers to one: every further one costs some milliseconds when
 * the updater starts. It is sound because every parameter of those called is an integer or pointer, and the calling
 * conventions of the architectures in {@link LinuxCalls.Flags} pass the first five of those in registers, sign-extended,
 * whatever their width or the function's being variadic; a callee does not look at registers beyond its parameters. An
 * {@code int} comes back in the lower half of the result.
 */
@SuppressWarnings("restricted") // This is where native access is meant to be.
final class CLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private final SymbolLookup library = LINKER.defaultLookup();
    private final Optional<MemorySegment> dlsym = library.find("dlsym");

    /**
     * Returns a function as the dynamic linker would find it for this program, so that a preloaded library that stands in
     * for it, as tests of failing disks use, comes first.
     *
     * @throws java.util.NoSuchElementException when this host's library has none
     */
    MemorySegment find(String name) {
        return dlsym.flatMap(function -> preloaded(function, name)).orElseGet(() -> library.findOrThrow(name));
    }

    private static Optional<MemorySegment> preloaded(MemorySegment dlsym, String name) {
        try (Arena arena = Arena.ofConfined()) {
            // RTLD_DEFAULT is a null pointer in glibc and musl.
            long found = invoke(
                    dlsym, arena.allocate(STATE), 0, arena.allocateFrom(name).address(), 0, 0, 0);
            return found == 0 ? Optional.empty() : Optional.of(MemorySegment.ofAddress(found));
        }
    }

    /** Calls a function that returns an {@code int}, negative when it failed. */
    static int integer(Memory memory, MemorySegment function, long a, long b, long c, long d, long e)
            throws SystemCallFailed {
        int result = (int) invoke(function, memory.state, a, b, c, d, e);
        return (int) checked(result, memory);
    }

    /** Calls a function that returns 64 bits, negative when it failed. */
    static long call(Memory memory, MemorySegment function, long a, long b, long c, long d, long e)
            throws SystemCallFailed {
        return checked(invoke(function, memory.state, a, b, c, d, e), memory);
    }

    private static long checked(long result, Memory memory) throws SystemCallFailed {
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
    static final class Memory {
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
}
