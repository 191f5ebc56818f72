package updater.fs;

/**
 * The growth of the heap while a tree is walked, whose paths are garbage a moment later.
 *
 * <p>The serial collector lets the old generation grow up to the limit before it looks for what is no longer used there:
 * what was moved into it takes memory of the host until then. A full collection of the few megabytes that are used takes
 * some milliseconds, so one is asked for whenever the heap has grown by {@value #STEP} bytes. Where the limit is not as low
 * as the updater's, memory is not that scarce, and a large young generation grows by as much all the time.
 */
final class HeapGrowth {
    /** What a walk may add before it is looked into; more than the young generation of the updater's own runtime has. */
    private static final long STEP = 4 << 20;

    /** The highest limit of a heap that is kept small. */
    private static final long SMALL = 128 << 20;

    private static final Runtime RUNTIME = Runtime.getRuntime();
    private static final boolean KEPT_SMALL = RUNTIME.maxMemory() <= SMALL;

    /** What was used after the last collection of this class. Two threads that are here at once collect twice. */
    private static volatile long used = now();

    private HeapGrowth() {}

    private static long now() {
        return RUNTIME.totalMemory() - RUNTIME.freeMemory();
    }

    /** Collects what is no longer used if the heap has grown. Costs nothing to speak of if not. */
    static void limit() {
        if (KEPT_SMALL && now() - used > STEP) {
            RUNTIME.gc();
            used = now();
        }
    }
}
