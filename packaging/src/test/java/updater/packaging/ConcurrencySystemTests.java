package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two updaters at once, or the guard beside a living updater: one works, the other waits or says who does. */
@SystemTest
final class ConcurrencySystemTests {

    private static final int TIMES = SweepSample.FULL ? 200 : 14;
    private static final int TIMES_UNDER_SYSTEMD = SweepSample.FULL ? 100 : 8;
    private static final int BUSY = 3;
    private static final int NOTHING_TO_DO = 0;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String AT_WORK = "another updater is at work on ";

    private static final String GUARD = SampleAgent.BINDPLANE + "-updater-guard.service";

    @TempDir
    Path scratch;

    @Test
    void update_startedTwiceAtOnce_isDoneByOneAndRefusedByTheOther(Bundles bundles) {
        try (SweepHost host = host(0, bundles)) {
            Judge judge = Judge.of(host);
            int first = 0;
            int late = 0;
            long start = System.nanoTime();
            for (int i = 0; i < TIMES; i++) {
                host.reset();
                List<Integer> exits = host.updateTwice();
                String said = host.lines("/mnt/said.1") + "\n" + host.lines("/mnt/said.2");
                // The other one waits, or is late; then it finds nothing left to do. On a busy host its patience may
                // end.
                assertThat(exits).as(said).contains(0).containsAnyOf(3, 5);
                String other = host.lines(exits.getFirst() == 0 ? "/mnt/said.2" : "/mnt/said.1")
                        .toString();
                assertThat(other)
                        .containsPattern(
                                "there is no staged tree|nothing is staged any more|is gone: another update came to its end"
                                        + "|at work on .* Wait for it");
                late += other.contains(": waiting for it") ? 0 : 1;
                assertThat(judge.ended("together, " + i)).isEqualTo(Judge.Ending.NEW);
                first += exits.getFirst() == 0 ? 1 : 0;
            }
            System.out.println("two updaters together: " + TIMES + " times, the one started first won " + first
                    + ", the other came too late " + late + seconds(start));
        }
    }

    /**
     * The updater pauses at an operation that was drawn, between the arming of the guard and the report of the outcome, and the
     * guard's command is run; then the updater goes on, and the command is run again and again until the update is over.
     */
    @Test
    void guard_besideALivingUpdater_doesNothing(Bundles bundles) {
        Random random = SweepSeed.random("guard, process");
        Map<String, Integer> guards = new TreeMap<>();
        long start = System.nanoTime();
        for (int report : new int[] {0, 3}) {
            try (SweepHost host = host(report, bundles)) {
                Judge judge = Judge.of(host);
                host.reset();
                host.update(Fault.RECORDED);
                List<String> operations = host.operations();
                int armed = SweepSample.first(operations, "rename", SweepHost.STATE + "/guard") + 1;
                int reported = SweepSample.first(operations, "rename", "/log/updater-report.json");
                int early = 0;
                for (int i = 0; i < TIMES / 2; ) {
                    int at = armed + random.nextInt(reported - armed + 1);
                    String what = "seed " + SweepSeed.VALUE + ", report " + report + ", " + i + ", from "
                            + operations.get(at - 1);
                    host.reset();
                    if (besideAnUpdate(host, at, guards, what, report == 0 ? 0 : 1)) {
                        i++;
                    } else {
                        early++;
                        assertThat(early).as(what).isLessThan(TIMES);
                    }
                    assertThat(judge.ended(what)).isEqualTo(report == 0 ? Judge.Ending.NEW : Judge.Ending.OLD);
                    assertThat(String.join("", host.lines(SweepHost.HOME + "/log/updater-report.json")))
                            .as(what)
                            .containsPattern("\"recovered\" ?: ?false");
                }
            }
        }
        System.out.println("guard and updater together, process: seed " + SweepSeed.VALUE + ", " + TIMES
                + " times, the guard's runs: " + guards + seconds(start));
        assertThat(guards.get("exit 3")).isGreaterThanOrEqualTo(TIMES);
    }

    /** Returns whether the guard was armed: a run that looked at a file once more has not got to there at this number. */
    private static boolean besideAnUpdate(
            SweepHost host, int at, Map<String, Integer> guards, String what, int expected) {
        Process update = host.startUpdate(Fault.of(Fault.Mode.PAUSE, at));
        Await.until(SOON, what, () -> !host.hits().isEmpty());
        OptionalInt first = host.guard();
        if (first.isEmpty()) {
            host.resume();
            assertThat(SweepHost.ended(update)).as(what + host.said()).isEqualTo(expected);
            return false;
        }
        assertThat(first).as(what + host.lines("/mnt/said.guard")).hasValue(BUSY);
        assertThat(host.lines("/mnt/said.guard").toString()).as(what).contains(AT_WORK);
        guards.merge("exit 3", 1, Integer::sum);
        host.resume();
        while (update.isAlive()) {
            OptionalInt exit = host.guard();
            guards.merge(exit.isEmpty() ? "not armed" : "exit " + exit.getAsInt(), 1, Integer::sum);
            if (exit.isPresent()) {
                // With 0 the updater had ended, or was just about to.
                assertThat(exit.getAsInt())
                        .as(what + host.lines("/mnt/said.guard"))
                        .isIn(BUSY, NOTHING_TO_DO);
            }
        }
        assertThat(SweepHost.ended(update)).as(what + host.said()).isEqualTo(expected);
        return true;
    }

    /** The same under systemd, which starts the guard's service itself. */
    @Test
    void guardsService_besideALivingUpdater_doesNothing(Bundles bundles) {
        Random random = SweepSeed.random("guard, systemd");
        Map<String, Integer> guards = new TreeMap<>();
        long start = System.nanoTime();
        try (Box box = Box.boot()) {
            SampleAgent[] versions = {SampleAgent.bindplane("v1"), SampleAgent.bindplane("v2")};
            BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, versions[0]);
            List<BoxedUpdate.Offer> offers = new ArrayList<>();
            List<Path> packed = new ArrayList<>();
            for (SampleAgent version : versions) {
                BoxedUpdate.Offer offer = scenario.offer(version.unitLine("# of " + version.version()));
                offers.add(offer);
                packed.add(bundles.write(offer.tree(), scratch.resolve(version.version() + ".tar.gz")));
            }
            scenario.update(offers.get(1), packed.get(1)).assertUpdated("v2");
            int lines = (int) scenario.updaterLog().lines().count();
            for (int i = 0; i < TIMES_UNDER_SYSTEMD; i++) {
                BoxedUpdate.Offer offer = offers.get(i % 2);
                int line = 1 + random.nextInt(lines);
                HostState before = HostState.of(box, scenario.agent());
                long updater = scenario.start(offer.agent().version(), packed.get(i % 2));
                besideAnUpdate(scenario, updater, line, guards);
                try {
                    scenario.ended(offer, before, OptionalInt.empty())
                            .assertUpdated(offer.agent().version());
                } catch (AssertionError e) {
                    throw new AssertionError(
                            "seed " + SweepSeed.VALUE + ", " + i + ", from line " + line + "\n" + box.journal(GUARD),
                            e);
                }
            }
            int busy = box.journal().split(AT_WORK, -1).length - 1;
            System.out.println(
                    "guard and updater together, systemd: seed " + SweepSeed.VALUE + ", " + TIMES_UNDER_SYSTEMD
                            + " times, the guard's service: " + guards + ", found the updater at work " + busy
                            + seconds(start));
            assertThat(busy).isPositive();
        }
    }

    private static void besideAnUpdate(BoxedUpdate scenario, long updater, int line, Map<String, Integer> guards) {
        Box box = scenario.box();
        Path living = box.live("/proc/" + updater);
        Await.until(
                SOON,
                scenario::updaterLog,
                () -> !Files.exists(living) || scenario.updaterLog().lines().count() >= line);
        while (Files.exists(living)) {
            int exit = box.exec("systemctl", "start", GUARD).exit();
            guards.merge(exit == 0 ? "ran" : "not armed", 1, Integer::sum);
        }
    }

    /** A planted bug: an updater that has lost its lock is taken for a dead one, and undone while it lives. */
    @Test
    void guard_besideAnUpdaterWithoutLock_isFound(Bundles bundles) throws IOException {
        try (SweepHost host = host(0, bundles)) {
            host.reset();
            host.update(Fault.RECORDED);
            int placing = SweepSample.first(host.operations(), "rename", SweepHost.HOME + "/VERSION");
            host.reset();
            host.startUpdate(Fault.of(Fault.Mode.PAUSE, placing));
            Await.until(SOON, "the updater pauses", () -> !host.hits().isEmpty());

            assertThat(host.guard()).as("guard beside a living updater").hasValue(BUSY);
            Files.delete(host.disk().at(SweepHost.STATE + "/lock"));

            assertThat(host.guard()).as("guard beside one without lock").hasValue(1);
        }
    }

    private static SweepHost host(int report, Bundles bundles) {
        return SweepHost.on(SweepDisk.mount("ext4", 512, "noauto_da_alloc"), report, bundles.runtimeTree());
    }

    private static String seconds(long start) {
        return ", " + (System.nanoTime() - start) / 1_000_000_000 + " s";
    }
}
