package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The power is cut during an update, at {@link SweepSample}: what was not forced to the disk is lost.
 *
 * <p>ext4 without its heuristics for programs that do not force what they write.
 */
@SystemTest
final class PowerCutSystemTests {

    private static final int KILLED = 137;
    private static final int LEAST = 25;

    @ParameterizedTest
    @CsvSource({"ext4, noauto_da_alloc", "xfs, noatime"})
    void recover_afterPowerCut_endsOldOrNew(String type, String options, Bundles bundles) {
        try (SweepHost host = SweepHost.ofVendor(SweepDisk.mount(type, 640, options), bundles.runtimeTree())) {
            Map<Judge.Ending, Integer> endings = new EnumMap<>(Judge.Ending.class);
            List<String> wrong = new ArrayList<>();
            long start = System.nanoTime();
            int cuts = 0;
            for (SweptRun run : List.of(SweptRun.UPDATE, SweptRun.ROLLBACK)) {
                cuts += cuts(host, run, type, endings, wrong);
            }
            System.out.println("power cuts, " + type + ": seed " + SweepSeed.VALUE + ", " + cuts + " cuts, " + endings
                    + ", " + (System.nanoTime() - start) / 1_000_000_000 + " s");
            assertThat(wrong).isEmpty();
            assertThat(SweepSample.FULL || cuts >= LEAST).as(cuts + " cuts").isTrue();
            assertThat(endings).containsOnlyKeys(Judge.Ending.values());
        }
    }

    private static int cuts(
            SweepHost host, SweptRun run, String type, Map<Judge.Ending, Integer> endings, List<String> wrong) {
        host.disturbing(run);
        Judge judge = Judge.ofVendor(host);
        List<String> operations =
                host.recorded(exit -> assertThat(exit).as(host::said).isZero());
        Random random = SweepSeed.random("power cuts, " + type + run);
        int cuts = 0;
        for (int point : points(operations, type, run)) {
            for (boolean flushed : flushed(random)) {
                String what =
                        type + (flushed ? ", flushed, " : ", not flushed, ") + run + " " + operations.get(point - 1);
                assertThat(host.updateStruckBy(Fault.of(Fault.Mode.KILL_AFTER, point)))
                        .as(what)
                        .isEqualTo(KILLED);
                host.cutPower(flushed);
                cuts++;
                host.recover();
                try {
                    endings.merge(ended(host, judge, what), 1, Integer::sum);
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
        return cuts;
    }

    /** What an update has replaced and kept by then is whole, whenever the power went: the way back leads to exactly that. */
    private static Judge.Ending ended(SweepHost host, Judge judge, String what) {
        Judge.Ending ending = judge.endedAfterPowerCut(what);
        if (ending == Judge.Ending.NEW && host.run() == SweptRun.UPDATE) {
            assertThat(host.goBack()).as(host::said).isZero();
            assertThat(judge.wentBack()).as(what + ", and back").isEmpty();
        }
        return ending;
    }

    /** The two file systems take turns: one has the first, third and so on of the points, the other one the rest. */
    private static List<Integer> points(List<String> operations, String type, SweptRun run) {
        Random random = SweepSeed.random("power cuts " + run);
        List<Integer> points = List.copyOf(SweepSample.ofSome(operations, 1, run.share, random));
        if (SweepSample.FULL) {
            return points;
        }
        boolean odd = type.equals("ext4") == (SweepSeed.VALUE % 2 == 0);
        return IntStream.range(0, points.size())
                .filter(index -> index % 2 == (odd ? 1 : 0))
                .mapToObj(points::get)
                .toList();
    }

    /** Whether the journal of the file system is written first; both in the full mode. */
    private static List<Boolean> flushed(Random random) {
        return SweepSample.FULL ? List.of(false, true) : List.of(random.nextBoolean());
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
