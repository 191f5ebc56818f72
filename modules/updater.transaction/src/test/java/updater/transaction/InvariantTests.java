package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.UndoOrder;
import updater.transaction.world.World;

/** The invariants of the design, against generated hosts, bundles, agents, faults and kills. */
@AddLifecycleHook(TriesOfTier.class)
final class InvariantTests {
    /** Beyond the last point of an update of the larger trees. */
    private static final int MOST_POINTS = 700;

    @Provide
    Arbitrary<GeneratedUpdate> failing() {
        return GeneratedUpdate.failing();
    }

    @Provide
    Arbitrary<GeneratedUpdate> succeeding() {
        return GeneratedUpdate.succeeding();
    }

    @Provide
    Arbitrary<GeneratedUpdate> either() {
        return GeneratedUpdate.either();
    }

    /** Invariant 1: whatever the new agent did before it failed, home is what it was. */
    @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_newAgentFails_everythingIsAsItWas(@ForAll("failing") GeneratedUpdate scenario) throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            int exit = world.update();
            assertThat(exit).as(() -> world.failure).isEqualTo(1);
            judge.old();
            if (scenario.isQuiet()) {
                UndoOrder.check(world);
            }
        }
    }

    /** Invariant 2: the bundle is in place, and nothing else has changed. */
    @Property(tries = 1500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_newAgentIsHealthy_bundleIsInPlaceAndNothingElse(@ForAll("succeeding") GeneratedUpdate scenario)
            throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            int exit = world.update();
            assertThat(exit).as(() -> world.failure).isZero();
            judge.updated();
        }
    }

    /** Invariant 6: what conflicts in type is refused, and nothing has changed. */
    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_bundleMayConflict_refusedUntouchedOrDone(@ForAll("succeeding") GeneratedUpdate scenario)
            throws Exception {
        try (World world = scenario.build(context -> context, false)) {
            Judge judge = new Judge(world, scenario);
            int exit = world.update();
            if (exit == 5) {
                assertThat(world.failure).contains("the bundle has");
                judge.untouched();
            } else {
                assertThat(exit).as(() -> world.failure).isZero();
                judge.updated();
            }
        }
    }

    /** Invariant 3: killed anywhere, recovered, killed again, recovered: one of the two, and what runs is in place. */
    @Property(tries = 1500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_killedAnywhereAndRecoveryKilledToo_exactlyOldOrNew(
            @ForAll("either") GeneratedUpdate scenario,
            @ForAll @IntRange(max = MOST_POINTS) int first,
            @ForAll @IntRange(max = MOST_POINTS) int second,
            @ForAll @IntRange(max = 2000) int later)
            throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            world.killed(() -> world.points.killAt(1 + first), true);
            world.clock.advance(Duration.ofMillis(later));
            world.killed(() -> world.points.killAt(1 + second), false);
            assertThat(world.killed(() -> {}, false)).isFalse();
            assertThat(world.exit).as(() -> world.failure).isNotEqualTo(4);
            judge.oneOfThem();
            assertThat(world.killed(() -> {}, false)).isFalse();
            assertThat(world.exit).as("nothing is left to recover").isZero();
            judge.oneOfThem();
        }
    }

    /** Invariant 5: when any single operation fails, the update ends in the one or the other. */
    @Property(tries = 1500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_oneOperationFails_exactlyOldOrNew(
            @ForAll("either") GeneratedUpdate scenario, @ForAll @IntRange(max = 400) int operation) throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            world.killed(() -> world.points.fail(1 + operation, 1), true);
            ended(world, judge);
        }
    }

    /** Invariant 5: a rollback that could not finish is finished by a later recovery. */
    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_allOperationsFailForAWhile_recoveredLater(
            @ForAll("either") GeneratedUpdate scenario,
            @ForAll @IntRange(max = 400) int from,
            @ForAll @IntRange(min = 2, max = 400) int count)
            throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            world.killed(() -> world.points.fail(1 + from, count), true);
            ended(world, judge);
        }
    }

    private static void ended(World world, Judge judge) throws Exception {
        switch (world.exit) {
            case 0, 1, 5 -> {
                boolean left = Files.exists(world.layout().journal()) || world.service.armed || world.halfWritten();
                if (left) {
                    world.killed(() -> {}, false);
                }
            }
            case 4 -> {
                assertThat(world.layout().journal()).exists();
                assertThat(world.layout().rollback()).exists();
                world.killed(() -> {}, false);
                assertThat(world.exit).as(() -> world.failure).isIn(0, 1);
            }
            default -> throw new AssertionError("exit " + world.exit + ": " + world.failure);
        }
        judge.oneOfThem();
    }
}
