package updater.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * The network of another process, as a container has one of its own. A socket stays in the network of the thread that made it,
 * and a thread begins in that of the one that started it: a server that is opened in here listens there.
 */
public final class NetworkNamespace {
    private static final int READ_ONLY = 0;
    private static final int NETWORK = 0x40000000;

    private static final MethodHandle OPEN = function(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SETNS =
            function("setns", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final long pid;

    /** @param pid a process in that network, as seen from here */
    public NetworkNamespace(long pid) {
        this.pid = pid;
    }

    // Calling libc is the purpose; the descriptors are those of its headers.
    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor, options);
    }

    /** Runs something in that network, in a thread of its own; needs root. */
    public <T> T call(Callable<T> task) throws Exception {
        FutureTask<T> inside = new FutureTask<>(() -> {
            enter();
            return task.call();
        });
        Thread thread = new Thread(inside, "network of " + pid);
        thread.start();
        return inside.get();
    }

    private void enter() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/proc/" + pid + "/ns/net");
            int file = (int) OPEN.invokeExact(path, READ_ONLY);
            int entered = (int) SETNS.invokeExact(file, NETWORK);
            int closed = (int) CLOSE.invokeExact(file);
            if (file < 0 || entered != 0 || closed != 0) {
                throw new AssertionError("the network of process " + pid + " cannot be entered");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
