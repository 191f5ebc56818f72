package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The short form of {@code tools/bench}: what an update of 250 MB costs, beside a bare restart in the same run. */
@SystemTest
final class DowntimeSystemTests {

    private static final int RUNS = 5;
    private static final int RUNS_OF_MANY = 3;
    private static final double TIMES_A_RESTART = 4;
    private static final double AND_MILLIS = 150;
    private static final long MOST_MEMORY = 64 << 20;
    private static final long MOST_MEMORY_OF_FEW_FILES = 62 << 20;

    private static final double MOST_MILLIS_OF_A_PLAN = 1000;

    @Test
    void update_of250Megabytes_costsLittleMoreThanARestart(Bundles bundles) throws IOException {
        List<Double> restarts = new ArrayList<>();
        List<Double> downtimes = new ArrayList<>();
        List<Double> plans = new ArrayList<>();
        long memory = 0;
        try (DowntimeHost host = DowntimeHost.boot(bundles, Files.createTempDirectory(target(), "downtime"))) {
            host.install(DowntimeAgent.replacing(5, 50 * DowntimeAgent.MEGABYTE));
            for (int i = 0; i < RUNS; i++) {
                host.stage(false);
                restarts.add(host.restart());
                if (i > 0) {
                    plans.add(host.plan());
                }
                DowntimeHost.Sample sample = host.update();
                downtimes.add(sample.downtime());
                memory = Math.max(memory, sample.memory());
            }
        }
        double restart = DowntimeTable.Figure.of(restarts).median();
        double downtime = DowntimeTable.Figure.of(downtimes).median();
        System.out.printf(
                Locale.ROOT,
                "downtime at 250 MB: %.0f ms, a bare restart: %.0f ms, peak memory: %.1f MiB, plan: %.0f ms%n",
                downtime,
                restart,
                memory / (1024.0 * 1024.0),
                DowntimeTable.Figure.of(plans).median());
        assertThat(downtime).isLessThanOrEqualTo(TIMES_A_RESTART * restart + AND_MILLIS);
        assertThat(DowntimeTable.Figure.of(plans).least()).isLessThanOrEqualTo(MOST_MILLIS_OF_A_PLAN);
        assertThat(memory).isPositive().isLessThanOrEqualTo(MOST_MEMORY_OF_FEW_FILES);
    }

    /** What is held of each file is little, and what a compiler and a heap have once taken they keep. */
    @Test
    void update_of10000Files_takesNoMoreMemoryThanOneOfFew(Bundles bundles) throws IOException {
        long memory = 0;
        try (DowntimeHost host = DowntimeHost.boot(bundles, Files.createTempDirectory(target(), "memory"))) {
            host.install(DowntimeAgent.replacing(10_000, 1000));
            for (int i = 0; i < RUNS_OF_MANY; i++) {
                host.stage(false);
                memory = Math.max(memory, host.update().memory());
            }
        }
        System.out.printf(Locale.ROOT, "peak memory at 10,000 files: %.1f MiB%n", memory / (1024.0 * 1024.0));
        assertThat(memory).isPositive().isLessThanOrEqualTo(MOST_MEMORY);
    }

    /** Beside the build, not in /tmp, which may be in memory: that would measure no disk. */
    private static Path target() throws IOException {
        return Files.createDirectories(Path.of(System.getProperty("basedir", ""), "target"))
                .toAbsolutePath();
    }
}
