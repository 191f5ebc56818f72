package updater.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * This virtual machine and all processes that it has started, boxes included, and the processor time that they took.
 *
 * <p>A process that has left the tree is not counted, and of those that end with their PID namespace, what {@link #whileEnding} does not
 * know of.
 */
public final class ProcessTree {
    /** Of Linux, whatever the kernel's own clock does. */
    static final double TICKS_PER_SECOND = 100;

    private static final Path PROCESSES = Path.of("/proc");

    /** Of processes that nobody has waited for. */
    private static final AtomicLong UNCOLLECTED = new AtomicLong();

    private ProcessTree() {}

    /** Returns whether there is something to be read about processes. */
    static boolean isSeen() {
        return Files.exists(PROCESSES.resolve("self/stat"));
    }

    /** Ends a PID namespace, whose processes nobody waits for, and counts what they took until then. */
    public static void whileEnding(Runnable end) {
        long before = living();
        end.run();
        UNCOLLECTED.addAndGet(Math.max(0, before - living()));
    }

    /** Returns what all took so far. */
    static long ticks() {
        return living() + UNCOLLECTED.get();
    }

    /** Of those that run, and of all that they have waited for. */
    private static long living() {
        ProcessHandle self = ProcessHandle.current();
        return Stream.concat(Stream.of(self), self.descendants())
                .mapToLong(process -> ticks(process.pid()))
                .sum();
    }

    private static long ticks(long process) {
        try {
            String line = Files.readString(PROCESSES.resolve(process + "/stat"));
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            return Stream.of(fields)
                    .skip(11)
                    .limit(4)
                    .mapToLong(Long::parseLong)
                    .sum();
        } catch (IOException e) {
            // It has ended, and its parent's line has it now.
            return 0;
        }
    }
}
