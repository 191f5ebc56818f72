package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.World;

/**
 * What taking an update back does while no agent runs, beside what the update did: operations on files and calls of the service
 * manager, which are what its downtime is made of.
 */
@AddLifecycleHook(TriesOfTier.class)
final class WayBackDowntimeTests {
    private static final Retention KEEPING = new Retention(1 << 20, 1000, 7, 1 << 30);

    /**
     * A directory that comes back gets owner and mode in calls of their own, where one call had removed it; and hosts with SELinux
     * label it.
     */
    private static final Set<String> OF_A_DIRECTORY = Set.of("own", "chmod", "relabel");

    @Provide
    Arbitrary<GeneratedUpdate> quiet() {
        return GeneratedUpdate.quiet();
    }

    /** What a run does between the stop of an agent and the start of the next one. */
    private record Downtime(List<String> operations) {
        static Downtime of(World world, World.Work run) throws InterruptedException {
            world.points.begin();
            assertThat(run.run()).as(() -> world.failure).isZero();
            List<String> log = world.points.log();
            int stopped = log.indexOf("after stop");
            int started = log.indexOf("before start");
            List<String> between = stopped < 0 ? List.of() : log.subList(stopped, started < 0 ? log.size() : started);
            return new Downtime(between.stream()
                    .filter(point -> point.startsWith("before "))
                    .map(point -> point.substring("before ".length()))
                    .toList());
        }

        /** What waits for a disk or for the service manager: milliseconds each. */
        long waits() {
            return count(Set.of("force", "syncFileSystem", "reload", "configure", "stop", "startDependents"));
        }

        /** Files and directories placed, made and removed, and records written: microseconds each. */
        long changes() {
            return operations.size() - waits() - count(OF_A_DIRECTORY);
        }

        private long count(Set<String> names) {
            return operations.stream()
                    .filter(operation -> names.contains(operation.split(" ")[0]))
                    .count();
        }

        @Override
        public String toString() {
            return waits() + " waits and " + changes() + " changes:\n" + String.join("\n", operations);
        }
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void goBack_ofAnyUpdate_doesNoMoreInItsDowntimeThanTheUpdateDid(@ForAll("quiet") GeneratedUpdate scenario)
            throws IOException, InterruptedException {
        try (World world = scenario.build()) {
            world.describedBy(
                    product -> ProductEdit.of(product).retention(KEEPING).product());
            world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));
            // What was just written would be copied again.
            world.clock.ahead = Duration.ofHours(1);
            Downtime forth = Downtime.of(world, world::update);
            world.clock.ahead = Duration.ofDays(3);
            GoingBackTests.stagePreviousDefinition(world);

            Downtime back = Downtime.of(world, world::goBack);

            System.out.println(
                    "DT " + forth.waits() + " " + back.waits() + " " + forth.changes() + " " + back.changes());
            assertThat(back.waits()).as("forth: %s\nback: %s", forth, back).isLessThanOrEqualTo(forth.waits());
            assertThat(back.changes()).as("forth: %s\nback: %s", forth, back).isLessThanOrEqualTo(forth.changes());
        }
    }
}
