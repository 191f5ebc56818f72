package updater.packaging;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what other processes do, which tell nobody when it is done. */
final class Await {

    private static final Duration INTERVAL = Duration.ofMillis(5);

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
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(INTERVAL.toNanos());
        } while (System.nanoTime() < end);
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what.get(), last);
    }

    static void until(Duration limit, String what, Condition condition) {
        until(limit, () -> what, condition);
    }
}
