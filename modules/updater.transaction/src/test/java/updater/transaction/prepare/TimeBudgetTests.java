package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TimeBudgetTests {
    private static final Duration PRODUCT = Duration.ofSeconds(15);

    @Test
    void budget_ofAnAgentThatWaits_leavesTimeForItsStop() {
        assertThat(TimeBudget.of(0, Duration.ofSeconds(1), Duration.ofSeconds(5), PRODUCT)
                        .allowed())
                .isEqualTo(PRODUCT);
        assertThat(TimeBudget.of(0, Duration.ofSeconds(1), Duration.ofSeconds(20), PRODUCT)
                        .allowed())
                .isEqualTo(Duration.ofSeconds(6));
        assertThat(TimeBudget.of(0, Duration.ofSeconds(1), Duration.ofSeconds(90), PRODUCT)
                        .allowed())
                .isEqualTo(Duration.ofSeconds(2));
    }

    /** A unit of systemd may take 90 s to stop, unless it says otherwise. */
    @Test
    void budget_thatNoAgentWaitsFor_isTheProducts() {
        assertThat(TimeBudget.unhurried(0, PRODUCT).allowed()).isEqualTo(PRODUCT);
    }
}
