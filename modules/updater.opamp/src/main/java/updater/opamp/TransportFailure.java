package updater.opamp;

import java.time.Duration;
import java.util.Optional;

/** A message that did not get to the server, or whose answer did not come back. */
final class TransportFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    TransportFailure(String message) {
        this(message, Optional.empty());
    }

    TransportFailure(String message, Throwable cause) {
        super(message, cause);
        this.retryAfter = Optional.empty();
    }

    TransportFailure(String message, Optional<Duration> retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** Returns how long the server asks to wait. */
    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
