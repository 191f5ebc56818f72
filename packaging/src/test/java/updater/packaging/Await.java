package updater.packaging;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what other processes do, which tell nobody when it is done. */
final class Await {

    private static final Duration INTERVAL = Duration.ofMillis(5);

    /** A condition that starts programs is left alone for so many times as long as it took, or this long: others need the processors. */
    private static final int PAUSES = 2;

    private static final Duration LONGEST = Duration.ofMillis(100);

    private Await() {}

    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns once the condition holds; fails after {@code limit} with {@code what}, which is asked for only then. */
    static void until(Duration limit, Supplier<String> what, Condition condition) {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        do {
            long asked = System.nanoTime();
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            long took = System.nanoTime() - asked;
            LockSupport.parkNanos(Math.clamp(PAUSES * took, INTERVAL.toNanos(), LONGEST.toNanos()));
        } while (System.nanoTime() < end);
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what.get(), last);
    }

    static void until(Duration limit, String what, Condition condition) {
        until(limit, () -> what, condition);
    }
}
