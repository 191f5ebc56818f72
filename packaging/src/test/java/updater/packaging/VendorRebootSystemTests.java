package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.packaging.RebootedRun.Step;
import updater.testkit.TreeSnapshot;

/**
 * The whole machine goes down within a hook, within a migration, or at a line of the log of an update, of a way back, or of a
 * probation that failed; then it boots. One version is in place and runs, what the vendor asks for was run, and one that is
 * on probation is looked at.
 */
@SystemTest
final class VendorRebootSystemTests {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path scratch;

    /** What the vendor has run when nothing goes wrong but what is to go wrong. */
    private static Set<Step> steps(SweptRun run) {
        Set<Step> steps = EnumSet.of(Step.BEFORE_STOP, run.failing ? Step.AFTER_ROLLBACK : Step.AFTER_START);
        if (!run.backwards()) {
            steps.add(Step.MIGRATE);
        }
        return steps;
    }

    /** So many of the log's lines are drawn; what fails is disturbed like what does not, but for its end. */
    private static int drawn(SweptRun run) {
        return run.failing ? 1 : 2;
    }

    @ParameterizedTest
    @EnumSource
    void boot_afterPowerCut_endsTheRunAndKeepsTheProbation(SweptRun run, Bundles bundles) {
        Map<Boolean, Integer> endings = new TreeMap<>();
        Map<Step, Boolean> within = new EnumMap<>(Step.class);
        RebootedRun.Offers offers = new RebootedRun.Offers(bundles, scratch);
        long start = System.nanoTime();
        int cuts = 0;
        try (Box box = Box.boot()) {
            RebootedRun undisturbed = RebootedRun.prepare(box, bundles, offers, run);
            undisturbed.start();
            Await.until(SOON, undisturbed::log, undisturbed::isOver);
            TreeSnapshot after = undisturbed.now();
            assertThat(undisturbed.judge("undisturbed", after)).isEqualTo(!run.failing);
            for (Step step : steps(run)) {
                RebootedRun cut = RebootedRun.prepare(box, bundles, offers, run);
                cut.stopWithin(step);
                cut.start();
                Await.until(SOON, () -> step + "\n" + cut.log(), cut::isWithin);
                within.put(step, ended(cut, run, "within " + step, after));
                cuts++;
            }
            for (int line :
                    SweepSample.sample(undisturbed.lines(), drawn(run), SweepSeed.random("reboots of " + run))) {
                RebootedRun cut = RebootedRun.prepare(box, bundles, offers, run);
                cut.start();
                Await.until(SOON, cut::log, () -> cut.lines() >= line || cut.isOver());
                endings.merge(ended(cut, run, "after line " + line, after), 1, Integer::sum);
                cuts++;
            }
        }
        System.out.println("reboots of " + run + ": seed " + SweepSeed.VALUE + ", " + cuts + " power cuts, within "
                + within + ", by line " + endings + ", " + (System.nanoTime() - start) / 1_000_000_000 + " s");
        // Behind the commit a version stays; before it, the one before comes back.
        assertThat(within).containsEntry(Step.BEFORE_STOP, false);
        assertThat(within.getOrDefault(Step.AFTER_START, true)).isTrue();
        assertThat(SweepSample.FULL || cuts == steps(run).size() + drawn(run))
                .as(cuts + " cuts")
                .isTrue();
    }

    /** A planted bug: a guard that is not there at the boot leaves the last of an update undone. */
    @Test
    void boot_withoutGuardAfterAPowerCutWithinAHook_isFound(Bundles bundles) {
        RebootedRun.Offers offers = new RebootedRun.Offers(bundles, scratch);
        try (Box box = Box.boot()) {
            RebootedRun cut = RebootedRun.prepare(box, bundles, offers, SweptRun.UPDATE);
            cut.stopWithin(Step.AFTER_START);
            cut.start();
            Await.until(SOON, cut::log, cut::isWithin);
            cut.cutPowerAndLoseTheGuard();

            assertThatThrownBy(() -> cut.judge("no guard", cut.now())).isInstanceOf(AssertionError.class);
        }
    }

    /** A version that failed its probation is taken back in the end, however often the power goes. */
    private static boolean ended(RebootedRun cut, SweptRun run, String what, TreeSnapshot after) {
        cut.cutPower();
        boolean done = cut.judge(run + ", " + what, after);
        if (run == SweptRun.FAILED_PROBATION && !done) {
            cut.comeAgainLater();
            assertThat(cut.judge(run + ", " + what + ", and tried again", after))
                    .isTrue();
        }
        return done;
    }
}
