package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The updater is killed before, after and in the middle of what it changes, at {@link SweepSample}, and a recovery has to bring the update to
 * its end; then the recovery is killed as well.
 */
@SystemTest
final class KillSweepSystemTests {

    private static final int KILLED = 137;
    private static final int MORE = 8;
    private static final int LEAST_POINTS = 50;
    private static final int PAIRS = 12;
    private static final int AT_MOST_WITHIN = 6;

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void recover_ofUpdateKilledAtAnyPoint_endsOldOrNew(int report, Bundles bundles) {
        try (SweepHost host = host(report, bundles)) {
            Judge judge = Judge.of(host);
            List<String> operations = recorded(host, judge, report);
            Random random = SweepSeed.random("kills " + report);
            SortedSet<Integer> points =
                    SweepSample.of(operations, report == 0 ? 1 : SweepSample.start(operations), MORE, random);
            Map<Judge.Ending, Integer> endings = new EnumMap<>(Judge.Ending.class);
            List<String> wrong = new ArrayList<>();
            int kills = 0;
            long start = System.nanoTime();
            for (int point : points) {
                // A kill after an operation is one before the next, but for the last and the two sides of a command.
                for (Fault.Mode mode : SweepSample.modes(operations, point, random)) {
                    String what = mode + " " + operations.get(point - 1);
                    assertThat(host.updateStruckBy(Fault.of(mode, point)))
                            .as(what)
                            .isEqualTo(KILLED);
                    assertThat(host.hits()).as(what).hasSize(1);
                    kills++;
                    host.recover();
                    try {
                        endings.merge(judge.ended(what), 1, Integer::sum);
                    } catch (AssertionError e) {
                        wrong.add(e.getMessage());
                    }
                }
            }
            report(
                    "kill sweep, " + (report == 0 ? "success" : "rollback") + ": seed " + SweepSeed.VALUE + ", "
                            + operations.size() + " operations, " + points.size() + " points, " + kills + " kills, "
                            + endings,
                    start);
            assertThat(wrong).isEmpty();
            assertThat(SweepSample.FULL || points.size() >= LEAST_POINTS)
                    .as(points.toString())
                    .isTrue();
            assertThat(kills).isGreaterThanOrEqualTo(points.size());
            assertThat(endings).containsKeys(Judge.Ending.UNTOUCHED, Judge.Ending.OLD);
            assertThat(endings.containsKey(Judge.Ending.NEW)).isEqualTo(report == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void recover_killedAsWell_isRepeatable(int report, Bundles bundles) {
        long start = System.nanoTime();
        try (SweepHost host = host(report, bundles)) {
            Judge judge = Judge.of(host);
            int operations = recorded(host, judge, report).size();
            int pairs = SweepSample.FULL
                    ? allPairs(host, judge, operations)
                    : somePairs(host, judge, operations, SweepSeed.random("pairs " + report));
            report(
                    "kill sweep, " + (report == 0 ? "success" : "rollback") + ", pairs: seed " + SweepSeed.VALUE + ", "
                            + pairs + " pairs",
                    start);
            assertThat(pairs).isGreaterThanOrEqualTo(PAIRS);
        }
    }

    /** Each recovery goes on from where the one before it was killed: each is a pair with the kill before it. */
    private static int somePairs(SweepHost host, Judge judge, int operations, Random random) {
        int pairs = 0;
        while (pairs < PAIRS) {
            int first = 1 + random.nextInt(operations);
            assertThat(host.updateStruckBy(Fault.of(Fault.Mode.KILL_BEFORE, first)))
                    .isEqualTo(KILLED);
            int within = 0;
            while (within < AT_MOST_WITHIN && host.recover(someKill(random, within)) == KILLED) {
                assertThat(host.hits()).hasSize(1);
                within++;
            }
            pairs += within;
            host.recover();
            judge.ended("seed " + SweepSeed.VALUE + ": killed at " + first + ", then " + within
                    + " recoveries were killed");
        }
        return pairs;
    }

    private static Fault someKill(Random random, int within) {
        Fault.Mode mode = random.nextBoolean() ? Fault.Mode.KILL_BEFORE : Fault.Mode.KILL_AFTER;
        return Fault.of(mode, 1 + random.nextInt(1 + 80 / (1 + within)));
    }

    private static int allPairs(SweepHost host, Judge judge, int operations) {
        int pairs = 0;
        for (int first : SweepSample.sample(operations, operations, SweepSeed.random("pairs"))) {
            int second = 0;
            boolean killed = true;
            while (killed) {
                second++;
                assertThat(host.updateStruckBy(Fault.of(Fault.Mode.KILL_BEFORE, first)))
                        .isEqualTo(KILLED);
                killed = host.recover(Fault.of(Fault.Mode.KILL_BEFORE, second)) == KILLED;
                pairs += killed ? 1 : 0;
                host.recover();
                judge.ended("killed at " + first + ", the recovery at " + second);
            }
        }
        return pairs;
    }

    @Test
    void sweep_withoutRecovery_fails(Bundles bundles) {
        try (SweepHost host = host(0, bundles)) {
            Judge judge = Judge.of(host);
            assertThat(host.updateStruckAt(
                            "rename", SweepHost.HOME + "/VERSION", placing -> Fault.of(Fault.Mode.KILL_AFTER, placing)))
                    .isEqualTo(KILLED);
            assertThatThrownBy(() -> judge.ended("no recovery"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("neither old");
        }
    }

    private static SweepHost host(int report, Bundles bundles) {
        return SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), report, bundles.runtimeTree());
    }

    private static List<String> recorded(SweepHost host, Judge judge, int report) {
        List<String> operations = host.recorded(exit -> {
            assertThat(exit).as(host::said).isEqualTo(report == 0 ? 0 : 1);
            assertThat(judge.ended("undisturbed")).isEqualTo(report == 0 ? Judge.Ending.NEW : Judge.Ending.OLD);
        });
        if (Boolean.getBoolean("sweep.print")) {
            operations.forEach(System.out::println);
        }
        return operations;
    }

    private static void report(String what, long start) {
        System.out.println(what + ", " + (System.nanoTime() - start) / 1_000_000_000 + " s");
    }
}
