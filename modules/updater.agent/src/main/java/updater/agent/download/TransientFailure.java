package updater.agent.download;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** An attempt that failed, where another one may succeed. */
final class TransientFailure extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean busy;
    private final transient Optional<Duration> retryAfter;

    TransientFailure(String message) {
        this(message, false, Optional.empty());
    }

    /** @param busy whether the server is there, and asks to come back later */
    TransientFailure(String message, boolean busy, Optional<Duration> retryAfter) {
        super(message);
        this.busy = busy;
        this.retryAfter = retryAfter;
    }

    boolean isBusy() {
        return busy;
    }

    /** Returns how long the server asks to wait. */
    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
