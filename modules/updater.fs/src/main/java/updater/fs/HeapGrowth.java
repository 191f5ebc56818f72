package updater.fs;

/**
 * The growth of the heap while trees are walked, whose paths are garbage a moment later.
 *
 * <p>The serial collector lets the old generation grow up to the limit before it looks for what is no longer used there:
 * what was moved into it takes memory of the host until then. A full collection of the few megabytes that are used takes
 * some milliseconds, so one is asked for whenever the heap has grown by a few. In a downtime it would be a part of that:
 * there is one right before and one right behind it, and within it only where the heap grows by {@value #MOST} bytes.
 *
 * <p>Where the limit is not as low as the updater's, memory is not that scarce, and a large young generation grows by as much
 * all the time: nothing is done there.
 */
public final class HeapGrowth {
    /** What a walk may add before it is looked into; more than the young generation of the updater's own runtime has. */
    private static final long STEP = 3 << 20;

    /** What may be added while no agent runs. */
    private static final long MOST = 6 << 20;

    /** The highest limit of a heap that is kept small. */
    private static final long SMALL = 128 << 20;

    private static final Runtime RUNTIME = Runtime.getRuntime();
    private static final boolean KEPT_SMALL = RUNTIME.maxMemory() <= SMALL;

    /** What was used after the last collection of this class. Two threads that are here at once collect twice. */
    private static volatile long used = now();

    private static volatile long step = STEP;

    private HeapGrowth() {}

    private static long now() {
        return RUNTIME.totalMemory() - RUNTIME.freeMemory();
    }

    /** Collects what is no longer used if the heap has grown. Costs nothing to speak of if not. */
    static void limit() {
        if (now() - used > step) {
            collect();
        }
    }

    private static void collect() {
        if (KEPT_SMALL) {
            RUNTIME.gc();
            used = now();
        }
    }

    /** Collects what is no longer used, for the agent is about to be stopped. Takes some milliseconds. */
    public static void beforeDowntime() {
        collect();
        inDowntime();
    }

    /** No agent runs from here on: nothing is collected for as long as that can be helped. */
    public static void inDowntime() {
        step = MOST;
    }

    /** An agent was started: what the downtime has left is collected. Takes some milliseconds. */
    public static void afterDowntime() {
        step = STEP;
        collect();
    }
}
