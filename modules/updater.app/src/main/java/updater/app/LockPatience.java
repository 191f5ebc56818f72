package updater.app;

import java.time.Duration;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManager;

/** How long an updater waits for another one, as the agent that started it ends it after 30 s. */
final class LockPatience {
    /** Between two attempts. */
    static final Duration PAUSE = Duration.ofMillis(50);

    /** What the agent's patience leaves for an update: the rest is for the slowest of preparations, and for the stop. */
    private static final Duration AT_MOST = Duration.ofSeconds(24);

    /** A stop takes as long as it may in the rarest of cases. */
    private static final Duration AT_LEAST = Duration.ofSeconds(12);

    private LockPatience() {}

    /** Returns how old the process may be that still waits. */
    static Duration of(ServiceManager service) {
        try {
            Duration left = AT_MOST.minus(service.inspect().stopBound());
            return left.compareTo(AT_LEAST) > 0 ? left : AT_LEAST;
        } catch (UpdateFailure e) {
            // Whoever has the lock may be changing it just now.
            return AT_LEAST;
        }
    }
}
