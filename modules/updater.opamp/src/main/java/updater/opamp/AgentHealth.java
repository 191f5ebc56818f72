package updater.opamp;

import java.time.Instant;

/**
 * How an agent is.
 *
 * @param healthy whether it does what it is for
 * @param startedAt since when
 * @param lastError why not, for people; empty when it is healthy
 */
public record AgentHealth(boolean healthy, Instant startedAt, String lastError) {
    long startedAtNanos() {
        return healthy ? startedAt.getEpochSecond() * 1_000_000_000L + startedAt.getNano() : 0;
    }
}
