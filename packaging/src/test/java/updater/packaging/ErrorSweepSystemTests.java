package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A file operation fails, or it and all after it, at {@link SweepSample} and, in an update, at every force of the journal.
 */
final class ErrorSweepSystemTests extends SweepTests {

    private static final Map<String, Integer> ERRORS =
            new TreeMap<>(Map.of("ENOSPC", 28, "EIO", 5, "EACCES", 13, "EROFS", 30));

    /** An error is tried at half as many points as a kill, for there are those at the forces of the journal. */
    private static final int SHARED = 2;

    private static final int UPDATED = 0;
    private static final int ROLLED_BACK = 1;
    private static final int INCOMPLETE = 4;
    private static final int REFUSED = 5;

    @ParameterizedTest
    @EnumSource
    void run_withFailingOperation_endsOldOrNewOrIsFinishedByARecovery(SweptRun run) {
        host.disturbing(run);
        Judge judge = Judge.ofVendor(host);
        List<String> operations =
                host.recorded(exit -> assertThat(exit).as(host::said).isEqualTo(run.exit));
        Map<String, Integer> endings = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        int runs = 0;
        Random random = SweepSeed.random("errors " + run);
        long start = System.nanoTime();
        for (int point : points(run, operations, random)) {
            for (Map.Entry<String, Integer> error : chosen(random)) {
                for (Fault.Mode mode : modes(operations, point, error.getKey(), random)) {
                    String what = run + ", " + mode + " " + error.getKey() + " " + operations.get(point - 1);
                    runs++;
                    try {
                        Fault fault = Fault.failing(mode, point, error.getValue());
                        endings.merge(ended(judge, host.updateStruckBy(fault), what), 1, Integer::sum);
                    } catch (AssertionError e) {
                        wrong.add(what + ": " + e.getMessage());
                    }
                }
            }
        }
        System.out.println("error sweep, " + run + ": seed " + SweepSeed.VALUE + ", " + operations.size()
                + " operations, " + runs + " runs, " + endings + ", " + (System.nanoTime() - start) / 1_000_000_000
                + " s");
        assertThat(wrong).isEmpty();
        assertThat(runs).as("runs").isGreaterThanOrEqualTo(run.share / SHARED);
    }

    /** A planted bug: an updater that does not notice that one file was not placed. */
    @Test
    void update_thatDoesNotNoticeAFailure_isFound() {
        host.disturbing(SweptRun.UPDATE);
        Judge judge = Judge.ofVendor(host);
        int exit = host.updateStruckAt(
                "rename", SweepHost.HOME + "/VERSION", placing -> Fault.pretending("rename", placing));
        assertThatThrownBy(() -> ended(judge, exit, "a failure that goes unnoticed"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("VERSION: content");
    }

    /** With every force of an update's journal, for what a mark says decides how it ends. Commands do not fail here. */
    private static SortedSet<Integer> points(SweptRun run, List<String> operations, Random random) {
        List<String> failing = SweepSample.FULL
                ? operations
                : operations.stream().filter(operation -> !isCommand(operation)).toList();
        SortedSet<Integer> points = SweepSample.ofSome(failing, from(run, operations), run.share / SHARED, random);
        if (!SweepSample.FULL && run == SweptRun.UPDATE) {
            for (int point = 1; point <= operations.size(); point++) {
                if (isMark(operations, point)) {
                    points.add(point);
                }
            }
        }
        points.removeIf(point -> isCommand(operations.get(point - 1)));
        return points;
    }

    private static boolean isCommand(String operation) {
        return operation.matches("[0-9]+ (spawn|kill) .*");
    }

    private static boolean isMark(List<String> operations, int point) {
        return operations.get(point - 1).endsWith(" fsync " + SweepHost.STATE + "/journal");
    }

    /** Both where a mark is forced, one of them elsewhere; both everywhere in the full mode. */
    private static List<Fault.Mode> modes(List<String> operations, int point, String error, Random random) {
        List<Fault.Mode> modes = modes(operations, point, error);
        return SweepSample.FULL || isMark(operations, point) ? modes : List.of(modes.get(random.nextInt(modes.size())));
    }

    /** A full disk does not keep anybody from removing something: it strikes only what comes after that. */
    private static List<Fault.Mode> modes(List<String> operations, int point, String error) {
        boolean strikes = !error.equals("ENOSPC")
                || operations.subList(point - 1, operations.size()).stream()
                        .anyMatch(operation -> !operation.matches("[0-9]+ (unlink|rmdir|spawn|kill) .*"));
        return strikes ? List.of(Fault.Mode.FAIL, Fault.Mode.FAIL_STICKY) : List.of(Fault.Mode.FAIL);
    }

    /** One error; all in the full mode. */
    private static List<Map.Entry<String, Integer>> chosen(Random random) {
        List<Map.Entry<String, Integer>> all = new ArrayList<>(ERRORS.entrySet());
        return SweepSample.FULL ? all : List.of(all.get(random.nextInt(all.size())));
    }

    /** Recovers, and returns how it all ended. */
    private String ended(Judge judge, int exit, String what) {
        String said = host.said();
        assertThat(host.hits()).as(what).isNotEmpty();
        assertThat(exit).as(said).isIn(UPDATED, ROLLED_BACK, INCOMPLETE, REFUSED);
        if (exit == INCOMPLETE) {
            assertThat(host.disk().at(SweepHost.STATE + "/journal")).exists();
            assertThat(host.disk().at(SweepHost.HOME + "/.updater/rollback")).exists();
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
        // A guard that could not so much as note what it saw has done nothing, and nothing has failed.
        boolean turn = host.run() == SweptRun.FAILED_PROBATION;
        EnumMap<Judge.Ending, List<Integer>> expected = new EnumMap<>(Map.of(
                Judge.Ending.NEW, turn ? List.of(UPDATED, INCOMPLETE, REFUSED) : List.of(UPDATED, INCOMPLETE),
                Judge.Ending.OLD, marked ? List.of(REFUSED) : List.of(ROLLED_BACK, INCOMPLETE),
                Judge.Ending.UNTOUCHED, List.of(REFUSED)));
        assertThat(exit).as(ending + "; " + said).isIn(expected.get(ending));
        return exit + " then " + ending;
    }
}
