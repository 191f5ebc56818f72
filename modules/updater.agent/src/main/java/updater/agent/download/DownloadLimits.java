package updater.agent.download;

import java.time.Duration;
import updater.agent.schedule.Backoff;

/**
 * What a download may cost.
 *
 * @param bytes the largest file
 * @param stall a connection that has brought nothing for that long is given up
 * @param attempts attempts in a row that bring nothing, after which it fails
 * @param total how long it may take, all waiting included
 * @param backoff the wait between attempts
 */
public record DownloadLimits(long bytes, Duration stall, int attempts, Duration total, Backoff backoff) {
    /** A second after the first attempt, five minutes at most. */
    public static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));
}
