package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file operation fails, or it and all after it, at points of the whole update; {@code -Dsweep=full} takes every point. */
@SystemTest
final class ErrorSweepSystemTests {

    private static final Map<String, Integer> ERRORS =
            new TreeMap<>(Map.of("ENOSPC", 28, "EIO", 5, "EACCES", 13, "EROFS", 30));
    private static final int SAMPLED = 24;
    private static final int UPDATED = 0;
    private static final int ROLLED_BACK = 1;
    private static final int INCOMPLETE = 4;
    private static final int REFUSED = 5;

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @ValueSource(ints = {0, 3})
    void update_withFailingOperation_endsOldOrNewOrIsFinishedByARecovery(int report, Bundles bundles) {
        try (SweepHost host =
                SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), report, bundles.runtimeTree())) {
            Judge judge = Judge.of(host);
            List<String> operations = host.recorded(
                    exit -> assertThat(exit).as(host::said).isEqualTo(report == 0 ? UPDATED : ROLLED_BACK));
            Map<String, Integer> endings = new TreeMap<>();
            List<String> wrong = new ArrayList<>();
            int runs = 0;
            int index = 0;
            long start = System.nanoTime();
            for (int point : points(operations)) {
                for (Map.Entry<String, Integer> error : chosen(index++)) {
                    for (Fault.Mode mode : modes(operations, point, error.getKey())) {
                        String what = mode + " " + error.getKey() + " " + operations.get(point - 1);
                        runs++;
                        try {
                            endings.merge(
                                    run(host, judge, Fault.failing(mode, point, error.getValue()), what),
                                    1,
                                    Integer::sum);
                        } catch (AssertionError e) {
                            wrong.add(what + ": " + e.getMessage());
                        }
                    }
                }
            }
            System.out.println("error sweep, " + (report == 0 ? "success" : "rollback") + ": " + operations.size()
                    + " operations, " + runs + " runs, " + endings + ", " + (System.nanoTime() - start) / 1_000_000_000
                    + " s");
            assertThat(wrong).isEmpty();
            assertThat(runs).isGreaterThanOrEqualTo(2 * SAMPLED);
            assertThat(endings.size()).isGreaterThanOrEqualTo(2);
        }
    }

    /** A planted bug: an updater that does not notice that one file was not placed. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void update_thatDoesNotNoticeAFailure_isFound(Bundles bundles) {
        try (SweepHost host = SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), 0, bundles.runtimeTree())) {
            Judge judge = Judge.of(host);
            host.reset();
            host.update(Fault.RECORDED);
            int placing = SweepSample.first(host.operations(), "rename", SweepHost.HOME + "/VERSION");
            assertThatThrownBy(() ->
                            run(host, judge, Fault.pretending("rename", placing), "a failure that goes unnoticed"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("VERSION: content");
        }
    }

    /** A sample, and every force of the journal, for what a mark says decides how an update ends. Commands do not fail here. */
    private static SortedSet<Integer> points(List<String> operations) {
        List<Integer> files = new ArrayList<>(SweepSample.sample(operations.size(), operations.size()));
        files.removeIf(point -> operations.get(point - 1).matches("[0-9]+ (spawn|kill) .*"));
        SortedSet<Integer> points = new TreeSet<>();
        for (int index : SweepSample.sample(files.size(), SAMPLED)) {
            points.add(files.get(index - 1));
        }
        for (int point : files) {
            if (operations.get(point - 1).endsWith(" fsync " + SweepHost.STATE + "/journal")) {
                points.add(point);
            }
        }
        return points;
    }

    /** A full disk does not keep anybody from removing something: it strikes only what comes after that. */
    private static List<Fault.Mode> modes(List<String> operations, int point, String error) {
        boolean strikes = !error.equals("ENOSPC")
                || operations.subList(point - 1, operations.size()).stream()
                        .anyMatch(operation -> !operation.matches("[0-9]+ (unlink|rmdir|spawn|kill) .*"));
        return strikes ? List.of(Fault.Mode.FAIL, Fault.Mode.FAIL_STICKY) : List.of(Fault.Mode.FAIL);
    }

    /** Each error in turn; all in the full mode. */
    private static List<Map.Entry<String, Integer>> chosen(int index) {
        List<Map.Entry<String, Integer>> all = new ArrayList<>(ERRORS.entrySet());
        return SweepSample.FULL ? all : List.of(all.get(index % all.size()));
    }

    private static String run(SweepHost host, Judge judge, Fault fault, String what) {
        int exit = host.updateStruckBy(fault);
        String said = host.said();
        assertThat(host.hits()).as(what).isNotEmpty();
        assertThat(exit).as(said).isIn(UPDATED, ROLLED_BACK, INCOMPLETE, REFUSED);
        if (exit == INCOMPLETE) {
            assertThat(host.disk().at(SweepHost.STATE + "/journal")).exists();
            assertThat(host.disk().at(SweepHost.HOME + "/tmp/rollback")).exists();
        }
        if (exit == INCOMPLETE || exit == REFUSED) {
            assertThat(said).as("message").contains("/mnt/disk");
        }
        // Refused when the stop was marked, which could not be taken back: a recovery cannot know that it was not
        // requested.
        boolean marked = exit == REFUSED && Files.exists(host.disk().at(SweepHost.STATE + "/journal"));
        int recovered = host.recover();
        Judge.Ending ending =
                judge.ended(what + " ended with " + exit + ", the recovery with " + recovered + "; " + said);
        EnumMap<Judge.Ending, List<Integer>> expected = new EnumMap<>(Map.of(
                Judge.Ending.NEW, List.of(UPDATED, INCOMPLETE),
                Judge.Ending.OLD, marked ? List.of(REFUSED) : List.of(ROLLED_BACK, INCOMPLETE),
                Judge.Ending.UNTOUCHED, List.of(REFUSED)));
        assertThat(exit).as(ending + "; " + said).isIn(expected.get(ending));
        return exit + " then " + ending;
    }
}
