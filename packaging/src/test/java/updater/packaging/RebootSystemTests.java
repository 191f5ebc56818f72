package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole machine goes down while the agent is being updated, and boots: the agent is up by itself, old or new, and no guard is left.
 * The moments are lines that the updater writes into its log, one drawn from each stretch of it.
 */
@SystemTest
final class RebootSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final int MOMENTS = 7;
    private static final String JOURNAL = InstalledAgent.STATE + "/journal";
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path scratch;

    @Test
    void boot_afterPowerCutAtAnyMomentOfAnUpdate_bringsTheAgentUp(Bundles bundles) {
        TreeMap<String, Integer> endings = new TreeMap<>();
        int cuts = 0;
        long start = System.nanoTime();
        try (Box box = Box.boot()) {
            for (SampleAgent offered : new SampleAgent[] {V2, V2.behaving("report failed")}) {
                int lines = undisturbed(box, bundles, offered);
                for (int moment : moments(lines, SweepSeed.random("reboots " + cuts))) {
                    endings.merge(cut(box, bundles, offered, moment, directory("cut-" + cuts)), 1, Integer::sum);
                    cuts++;
                }
            }
        }
        System.out.println("reboots: seed " + SweepSeed.VALUE + ", " + cuts + " power cuts, " + endings + ", "
                + (System.nanoTime() - start) / 1_000_000_000 + " s");
        assertThat(SweepSample.FULL || cuts == 2 * MOMENTS).as(cuts + " cuts").isTrue();
        assertThat(endings).containsKeys("new", "old");
    }

    /** The last line is always among them: only the end of an update survives a cut. */
    private static SortedSet<Integer> moments(int lines, Random random) {
        SortedSet<Integer> moments = new TreeSet<>(SweepSample.sample(lines - 1, MOMENTS - 1, random));
        moments.add(lines);
        return moments;
    }

    /** A planted bug: a guard that is not there at the boot leaves the update as it was when the power went. */
    @Test
    void boot_withoutGuard_isFound(Bundles bundles) {
        try (Box box = Box.boot()) {
            BoxedUpdate scenario = BoxedUpdate.install(box, bundles, directory("unguarded"), V1);
            scenario.start("v2", scenario.bundle(scenario.offer(V2.behaving("report nothing"))));
            Await.until(SOON, scenario::updaterLog, () -> scenario.updaterLog().contains("the new agent runs"));
            box.cutPower();
            Command.run(
                            SOON,
                            "sh",
                            "-c",
                            "rm -rf \"$1\"/etc/systemd/system/*-updater* \"$1\"/etc/systemd/system/*/*-updater*",
                            "rm",
                            box.root().toString())
                    .ok();
            box.powerOn();
            box.awaitState(InstalledAgent.UNIT, "active", "failed", "inactive");
            assertThat(box.exists(JOURNAL)).isTrue();
        }
    }

    /** Returns the number of lines in the log of an update that nothing happens to. */
    private int undisturbed(Box box, Bundles bundles, SampleAgent offered) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, directory("undisturbed"), V1);
        scenario.update(offered);
        return (int) scenario.updaterLog().lines().count();
    }

    private static String cut(Box box, Bundles bundles, SampleAgent offered, int moment, Path own) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, own, V1);
        BoxedUpdate.Offer offer = scenario.offer(offered);
        Path bundle = scenario.bundle(offer);
        HostState before = HostState.of(box, scenario.agent());
        box.exec("sync");
        long updater = scenario.start(offered.version(), bundle);
        Await.until(
                SOON,
                () -> moment + " lines in\n" + scenario.updaterLog(),
                () -> scenario.updaterLog().lines().count() >= moment || !Files.exists(box.live("/proc/" + updater)));
        box.cutPower();
        // Before the guard is armed nothing is touched, and what was prepared waits for the next updater.
        boolean guarded = scenario.updaterLog().contains("request stop");
        box.powerOn();
        Await.until(
                SOON,
                () -> "after line " + moment + " the agent is up and nothing is left:\n" + scenario.updaterLog()
                        + box.journal(),
                () -> isOver(box, scenario) && !(guarded && box.exists(JOURNAL)));
        if (!guarded) {
            scenario.updater("recover");
        }
        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        ended.assertGuardGone();
        ended.assertStateIsClean();
        boolean isNew = ended.differencesFromUpdated().isEmpty();
        assertThat(isNew ? "" : ended.after().home().changesSince(before.home()).toString())
                .as(
                        "after line %d home is neither new: %s, nor old; %s",
                        moment, ended.differencesFromUpdated(), ended.log())
                .isIn("", "[]");
        assertThat(ended.after().version())
                .as("after line %d; %s", moment, ended.log())
                .isEqualTo(isNew ? "v2" : "v1");
        assertThat(ended.after().enablement()).isEqualTo(before.enablement());
        return isNew ? "new" : "old";
    }

    private static boolean isOver(Box box, BoxedUpdate scenario) {
        return box.show(InstalledAgent.UNIT, "ActiveState").equals("active")
                && !scenario.agent().runningVersion().isEmpty()
                && box.exec("systemctl", "list-units", "--all", "--plain", "--no-legend", "*-updater*")
                        .out()
                        .isBlank();
    }

    private Path directory(String name) {
        try {
            return Files.createTempDirectory(scratch, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
