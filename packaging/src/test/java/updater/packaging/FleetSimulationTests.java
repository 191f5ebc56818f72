package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import updater.packaging.FleetSimulation.Result;
import updater.packaging.FleetSimulation.Setting;

/** What {@code docs/measurements/fleet.md} says about 10,000 agents. */
final class FleetSimulationTests {
    private static final Setting AT_ONCE = Setting.of(Duration.ZERO);
    private static final Setting SPREAD = Setting.of(Duration.ofMinutes(45));

    @Test
    void fleet_ofAnySpread_isUpdated_andNobodyGivesUp() {
        for (Setting setting : new Setting[] {AT_ONCE, SPREAD}) {
            Result result = FleetSimulation.run(setting, 1);
            assertThat(result.failed()).isZero();
            assertThat(result.peak()).isLessThanOrEqualTo(setting.connections());
        }
    }

    /** A spread of more than the server needs takes the server's peak away, and nearly all refusals. */
    @Test
    void spread_takesThePeakAway() {
        Result atOnce = FleetSimulation.run(AT_ONCE, 1);
        Result spread = FleetSimulation.run(SPREAD, 1);

        assertThat(SPREAD.leastSeconds()).isLessThan(SPREAD.spread().toSeconds());
        assertThat(atOnce.peak()).isEqualTo(500);
        assertThat(atOnce.refusalsPerSecond()).isGreaterThan(5_000);
        assertThat(spread.peak()).isLessThan(150);
        assertThat(spread.refusals()).isZero();
        assertThat(spread.most()).isLessThan(SPREAD.spread().toSeconds() * 1.1);
    }

    @Test
    void resuming_savesWhatWasCut() {
        Result resumed = FleetSimulation.run(SPREAD, 1);
        Result restarted = FleetSimulation.run(SPREAD.withoutResuming(), 1);

        assertThat(resumed.bytes()).isCloseTo(10_000 * 25e6, offset(1e6));
        assertThat(restarted.bytes()).isGreaterThan(resumed.bytes() * 1.03);
    }

    @Test
    void page_hasTheFiguresAndTheChartOfThisCode() throws IOException {
        Path measurements = Path.of("../docs/measurements");
        assertThat(measurements.resolve("fleet.svg")).hasContent(FleetChart.svg());
        assertThat(measurements.resolve("fleet.md")).hasContent(FleetChart.page());
    }
}
