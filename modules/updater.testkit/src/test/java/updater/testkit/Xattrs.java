package updater.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The reader of extended attributes of all namespaces, links not followed: ACLs, capabilities and security labels are among
 * them. Written apart from what the updater itself uses, so that a mistake there is not repeated in what judges it.
 */
final class Xattrs {

    private static final int NO_DATA = 61;
    private static final int NOT_SUPPORTED = 95;
    private static final int NOT_PERMITTED = 1;
    private static final long LARGEST = 65536;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final MethodHandle list;
    private final MethodHandle get;

    // Calling libc is the purpose; both descriptors are those of its header.
    @SuppressWarnings("restricted")
    private Xattrs(MemorySegment list, MemorySegment get) {
        this.list = LINKER.downcallHandle(
                list,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                Linker.Option.captureCallState("errno"));
        this.get = LINKER.downcallHandle(
                get,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG),
                Linker.Option.captureCallState("errno"));
    }

    /** Returns a reader, or nothing where libc has no such functions (anything but Linux). */
    static Optional<Xattrs> ofThisSystem() {
        SymbolLookup libc = LINKER.defaultLookup();
        return libc.find("llistxattr").flatMap(list -> libc.find("lgetxattr").map(get -> new Xattrs(list, get)));
    }

    /** Returns the values in hexadecimal by name; without privilege {@code trusted.} is not among them. */
    SortedMap<String, String> of(Path path) {
        SortedMap<String, String> attributes = new TreeMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(ValueLayout.JAVA_BYTE, withNul(rawBytes(path)));
            MemorySegment names = arena.allocate(LARGEST);
            MemorySegment state = arena.allocate(STATE);
            long length = (long) list.invokeExact(state, name, names, LARGEST);
            if (length < 0) {
                return nothingOr(path, (int) ERRNO.get(state, 0L), attributes);
            }
            for (long at = 0; at < length; ) {
                String attribute = names.getString(at, StandardCharsets.ISO_8859_1);
                MemorySegment value = arena.allocate(LARGEST);
                long size = (long) get.invokeExact(state, name, names.asSlice(at), value, LARGEST);
                if (size >= 0) {
                    byte[] bytes = value.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
                    attributes.put(attribute, HexFormat.of().formatHex(bytes));
                } else if ((int) ERRNO.get(state, 0L) != NO_DATA) {
                    attributes.put(attribute, "unreadable, errno " + (int) ERRNO.get(state, 0L));
                }
                at += attribute.length() + 1;
            }
            return attributes;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static SortedMap<String, String> nothingOr(Path path, int errno, SortedMap<String, String> none) {
        if (errno == NOT_SUPPORTED || errno == NOT_PERMITTED) {
            return none;
        }
        throw new AssertionError("extended attributes of " + path + ": errno " + errno);
    }

    /** A name need not be text; the URI of a path has its bytes, percent-encoded. */
    static byte[] rawBytes(Path path) {
        String encoded = path.toAbsolutePath().toUri().getRawPath();
        byte[] bytes = new byte[encoded.length()];
        int length = 0;
        for (int i = 0; i < encoded.length(); i++) {
            if (encoded.charAt(i) == '%') {
                bytes[length++] = (byte) HexFormat.fromHexDigits(encoded, i + 1, i + 3);
                i += 2;
            } else {
                bytes[length++] = (byte) encoded.charAt(i);
            }
        }
        // A directory's URI ends in a slash, which would make the call follow a link to a directory.
        while (length > 1 && bytes[length - 1] == '/') {
            length--;
        }
        return Arrays.copyOf(bytes, length);
    }

    private static byte[] withNul(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length + 1);
    }
}
