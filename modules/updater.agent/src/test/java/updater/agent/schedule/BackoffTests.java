package updater.agent.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BackoffTests {
    private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));

    @Test
    void bound_doublesUpToTheCap() {
        assertThat(BACKOFF.bound(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(BACKOFF.bound(4)).isEqualTo(Duration.ofSeconds(8));
        assertThat(BACKOFF.bound(7)).isEqualTo(Duration.ofSeconds(60));
        assertThat(BACKOFF.bound(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(60));
    }

    /** Full jitter: all of the bound is drawn from, its lower end as well. */
    @Test
    void delay_isDrawnEvenlyFromZeroToTheBound() {
        Random random = new Random(1);
        int[] quarters = new int[4];
        for (int i = 0; i < 4000; i++) {
            long nanos = BACKOFF.delay(4, random).toNanos();
            assertThat(nanos).isBetween(0L, 8_000_000_000L);
            quarters[(int) Math.min(3, nanos / 2_000_000_000L)]++;
        }
        assertThat(quarters[0]).isBetween(900, 1100);
        assertThat(quarters[3]).isBetween(900, 1100);
    }

    @Test
    void backoff_ofNothing_isRefused() {
        assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void retryAfter_takesSecondsAndDates_andNothingElse() {
        Instant now = Instant.parse("2026-11-29T08:49:37Z");
        assertThat(RetryAfter.parse(" 120 ", now)).contains(Duration.ofSeconds(120));
        assertThat(RetryAfter.parse("Sun, 29 Nov 2026 08:50:37 GMT", now)).contains(Duration.ofMinutes(1));
        assertThat(RetryAfter.parse("Sun, 29 Nov 2026 08:00:00 GMT", now)).contains(Duration.ZERO);
        assertThat(RetryAfter.parse("999999999", now)).contains(RetryAfter.MOST);
        assertThat(RetryAfter.parse("-1", now)).isEmpty();
        assertThat(RetryAfter.parse("soon", now)).isEmpty();
    }

    @Test
    void spread_isNeverWaitedForLongerThanItIs() {
        Spread spread = Spread.parse("600").orElseThrow();
        Instant now = Instant.parse("2026-11-29T08:49:37Z");
        Instant begin = spread.begin(now, new Random(1));
        assertThat(begin).isBetween(now, now.plusSeconds(600));
        assertThat(spread.remaining(begin, begin.plusSeconds(1))).isZero();
        // A clock that was set back by a year.
        assertThat(spread.remaining(begin, now.minusSeconds(31_536_000))).isEqualTo(Duration.ofSeconds(600));
        assertThat(Spread.parse("ten minutes")).isEmpty();
        assertThat(Spread.NONE.begin(now, new Random(1))).isEqualTo(now);
    }
}
