package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The power is cut during an update: what was not forced to the disk is lost. {@code -Dsweep=full} takes every point.
 *
 * <p>ext4 without its heuristics for programs that do not force what they write.
 */
@SystemTest
final class PowerCutSystemTests {

    private static final int KILLED = 137;
    private static final int SAMPLED = 20;

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({"ext4, noauto_da_alloc", "xfs, noatime"})
    void recover_afterPowerCut_endsOldOrNew(String type, String options, Bundles bundles) {
        try (SweepHost host = SweepHost.on(SweepDisk.mount(type, 512, options), 0, bundles.runtimeTree())) {
            Judge judge = Judge.of(host);
            List<String> operations =
                    host.recorded(exit -> assertThat(exit).as(host::said).isZero());
            Map<Judge.Ending, Integer> endings = new EnumMap<>(Judge.Ending.class);
            List<String> wrong = new ArrayList<>();
            int cuts = 0;
            long start = System.nanoTime();
            for (int point : points(operations)) {
                for (boolean flushed : new boolean[] {false, true}) {
                    String what = type + (flushed ? ", flushed, " : ", not flushed, ") + operations.get(point - 1);
                    assertThat(host.updateStruckBy(Fault.of(Fault.Mode.KILL_AFTER, point)))
                            .as(what)
                            .isEqualTo(KILLED);
                    host.cutPower(flushed);
                    cuts++;
                    host.recover();
                    try {
                        endings.merge(judge.endedAfterPowerCut(what), 1, Integer::sum);
                    } catch (AssertionError e) {
                        wrong.add(e.getMessage());
                    }
                }
            }
            for (boolean flushed : new boolean[] {false, true}) {
                assertThat(afterSuccess(host, judge, Fault.NONE, flushed))
                        .as("after the reported success")
                        .isEqualTo(Judge.Ending.NEW);
                cuts++;
            }
            System.out.println("power cuts, " + type + ": " + operations.size() + " operations, " + cuts + " cuts, "
                    + endings + ", " + (System.nanoTime() - start) / 1_000_000_000 + " s");
            assertThat(wrong).isEmpty();
            assertThat(cuts).isGreaterThanOrEqualTo(2 * SAMPLED);
            assertThat(endings).containsOnlyKeys(Judge.Ending.values());
        }
    }

    private static List<Integer> points(List<String> operations) {
        if (SweepSample.FULL) {
            return SweepSample.of(operations);
        }
        // Half of them where files are placed and marks are made.
        int from = SweepSample.first(operations, "spawn", "");
        int to = SweepSample.first(operations, "rename", "/log/updater-report.json");
        List<Integer> points = new ArrayList<>();
        SweepSample.sample(to - from + 1, SAMPLED / 2).forEach(point -> points.add(from + point - 1));
        SweepSample.sample(operations.size(), SAMPLED / 2).forEach(points::add);
        return points;
    }

    private static Judge.Ending afterSuccess(SweepHost host, Judge judge, Fault fault, boolean flushed) {
        host.reset();
        assertThat(host.update(fault)).as(host::said).isZero();
        host.cutPower(flushed);
        host.recover();
        return judge.endedAfterPowerCut("after the reported success");
    }

    /** A planted bug: an updater that forces nothing is found out by a cut after it reported success. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void cut_afterUpdateThatForcedNothing_isFound(Bundles bundles) {
        try (SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree())) {
            Judge judge = Judge.of(host);
            String found;
            try {
                found = afterSuccess(host, judge, Fault.pretending("sync"), false)
                        .name();
            } catch (AssertionError e) {
                found = String.valueOf(e.getMessage());
            }
            assertThat(found).isNotEqualTo(Judge.Ending.NEW.name()).isNotEmpty();
        }
    }
}
