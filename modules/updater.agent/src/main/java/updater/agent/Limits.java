package updater.agent;

import java.time.Duration;

/**
 * How much and how long an update may take.
 *
 * @param bundleBytes the largest bundle
 * @param stall a connection that has brought nothing for that long is given up
 * @param attempts attempts in a row that bring nothing, after which a download fails
 * @param download how long a download may take, all waiting included
 * @param launch how long an updater that the agent launched may take until it stops the agent; then the agent kills it
 * @param answer how long root's updater may take until it stops the agent, or answers
 */
public record Limits(
        long bundleBytes, Duration stall, int attempts, Duration download, Duration launch, Duration answer) {
    /** 4 GiB, 30 s, 10 attempts, a day, 30 s, 15 minutes. */
    public static final Limits DEFAULT = new Limits(
            4L << 30, Duration.ofSeconds(30), 10, Duration.ofDays(1), Duration.ofSeconds(30), Duration.ofMinutes(15));
}
