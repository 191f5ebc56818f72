package updater.agent.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The stretch of time over which the agents of a fleet begin to download what all of them were offered at one instant.
 *
 * @param length how long it is; zero to begin at once
 */
public record Spread(Duration length) {
    /** The header of an offer that says how many seconds it is spread over. It is not sent with the download. */
    public static final String HEADER = "Update-Spread";

    /** Everybody begins at once. */
    public static final Spread NONE = new Spread(Duration.ZERO);

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    /** @throws IllegalArgumentException when the length is negative */
    public Spread {
        if (length.isNegative()) {
            throw new IllegalArgumentException("negative: " + length);
        }
    }

    /** Returns the spread that a header's value stands for; empty when it makes no sense. */
    public static Optional<Spread> parse(String seconds) {
        String text = seconds.strip();
        return SECONDS.matcher(text).matches()
                ? Optional.of(new Spread(RetryAfter.bounded(Duration.ofSeconds(Long.parseLong(text)))))
                : Optional.empty();
    }

    /** Draws when this agent begins. */
    public Instant begin(Instant offered, RandomGenerator random) {
        return offered.plus(Backoff.draw(length, random));
    }

    /**
     * Returns how long it still is until an agent begins. It may have been restarted, or its clock set, since it drew the
     * moment: it never waits for longer than the whole spread.
     */
    public Duration remaining(Instant begin, Instant now) {
        Duration left = Duration.between(now, begin);
        if (left.isNegative()) {
            return Duration.ZERO;
        }
        return left.compareTo(length) > 0 ? length : left;
    }
}
