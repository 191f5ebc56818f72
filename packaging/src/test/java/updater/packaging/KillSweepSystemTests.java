package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The updater is killed before, after and in the middle of what it changes, at {@link SweepSample}, and a recovery has to bring the
 * run to its end; then the recovery is killed as well.
 */
final class KillSweepSystemTests extends SweepTests {

    private static final int KILLED = 137;
    private static final int PAIRS = 4;
    private static final int AT_MOST_WITHIN = 4;

    private final Map<SweptRun, List<String>> recorded = new EnumMap<>(SweptRun.class);

    @ParameterizedTest
    @EnumSource
    void recover_ofRunKilledAtAnyPoint_endsOldOrNew(SweptRun run) {
        host.disturbing(run);
        Judge judge = Judge.ofVendor(host);
        List<String> operations = recorded(run, judge);
        Random random = SweepSeed.random("kills " + run);
        Map<Judge.Ending, Integer> endings = new EnumMap<>(Judge.Ending.class);
        List<String> wrong = new ArrayList<>();
        int kills = 0;
        long start = System.nanoTime();
        for (int point : SweepSample.ofSome(operations, from(run, operations), run.share, random)) {
            // A kill after an operation is one before the next, but for the last and the two sides of a command.
            for (Fault.Mode mode : SweepSample.modes(operations, point, random)) {
                String what = run + ", " + mode + " " + operations.get(point - 1);
                assertThat(host.updateStruckBy(Fault.of(mode, point))).as(what).isEqualTo(KILLED);
                assertThat(host.hits()).as(what).hasSize(1);
                kills++;
                host.recover();
                try {
                    endings.merge(ended(judge, what), 1, Integer::sum);
                } catch (AssertionError e) {
                    wrong.add(e.getMessage());
                }
            }
        }
        report("kill sweep, " + run + ": " + operations.size() + " operations, " + kills + " kills, " + endings, start);
        assertThat(wrong).isEmpty();
        assertThat(kills).as("kills").isGreaterThanOrEqualTo(run.share);
        assertThat(endings.containsKey(Judge.Ending.NEW)).isEqualTo(!run.failing);
    }

    /** A way back that the guard was killed over is tried again, and comes to its end. */
    private Judge.Ending ended(Judge judge, String what) {
        Judge.Ending ending = judge.ended(what);
        if (host.run() == SweptRun.FAILED_PROBATION && ending != Judge.Ending.NEW) {
            host.recoverLater();
            assertThat(judge.ended(what + ", and tried again")).isEqualTo(Judge.Ending.NEW);
        }
        return ending;
    }

    @ParameterizedTest
    @EnumSource
    void recover_killedAsWell_isRepeatable(SweptRun run) {
        long start = System.nanoTime();
        host.disturbing(run);
        Judge judge = Judge.ofVendor(host);
        int operations = recorded(run, judge).size();
        int pairs = SweepSample.FULL
                ? allPairs(judge, operations)
                : somePairs(judge, operations, SweepSeed.random("pairs " + run));
        report("kill sweep, " + run + ", pairs: " + pairs + " pairs", start);
        assertThat(pairs).isGreaterThanOrEqualTo(PAIRS);
    }

    /** Each recovery goes on from where the one before it was killed: each is a pair with the kill before it. */
    private int somePairs(Judge judge, int operations, Random random) {
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
            ended(
                    judge,
                    "seed " + SweepSeed.VALUE + ": killed at " + first + ", then " + within
                            + " recoveries were killed");
        }
        return pairs;
    }

    private static Fault someKill(Random random, int within) {
        Fault.Mode mode = random.nextBoolean() ? Fault.Mode.KILL_BEFORE : Fault.Mode.KILL_AFTER;
        return Fault.of(mode, 1 + random.nextInt(1 + 80 / (1 + within)));
    }

    private int allPairs(Judge judge, int operations) {
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
                ended(judge, "killed at " + first + ", the recovery at " + second);
            }
        }
        return pairs;
    }

    @Test
    void sweep_withoutRecovery_fails() {
        host.disturbing(SweptRun.UPDATE);
        Judge judge = Judge.ofVendor(host);
        assertThat(host.updateStruckAt(
                        "rename", SweepHost.HOME + "/VERSION", placing -> Fault.of(Fault.Mode.KILL_AFTER, placing)))
                .isEqualTo(KILLED);
        assertThatThrownBy(() -> judge.ended("no recovery"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("neither old");
    }

    private List<String> recorded(SweptRun run, Judge judge) {
        return recorded.computeIfAbsent(run, any -> {
            List<String> operations = host.recorded(exit -> {
                assertThat(exit).as(host::said).isEqualTo(run.exit);
                assertThat(judge.ended("undisturbed")).isEqualTo(run.failing ? Judge.Ending.OLD : Judge.Ending.NEW);
            });
            if (Boolean.getBoolean("sweep.print")) {
                operations.forEach(System.out::println);
            }
            return operations;
        });
    }

    private static void report(String what, long start) {
        System.out.println(
                what + ", seed " + SweepSeed.VALUE + ", " + (System.nanoTime() - start) / 1_000_000_000 + " s");
    }
}
