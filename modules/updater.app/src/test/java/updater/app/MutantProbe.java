package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.sessions.JqwikSession;
import updater.api.Step;

/** Try the properties on as few hosts as catch every planted bug. */
final class MutantProbe {
    /** Twice as many as planted bugs are given to be caught. */
    static final int TRIES = 20;

    private static final long SEED = 4711;

    private MutantProbe() {}

    static void run(int tries) throws Exception {
        for (HardCases.Case hard : HardCases.all().values()) {
            Path root = Files.createTempDirectory("updater-hard-case").toRealPath();
            try {
                hard.play(root);
            } finally {
                World.remove(root);
            }
        }
        JqwikSession.run(() -> {
            Random random = new Random(SEED);
            for (int i = 0; i < tries; i++) {
                undone(next(Scenario.failing(), random));
                done(next(Scenario.succeeding(), random));
                killed(next(Scenario.either(), random), random);
            }
        });
    }

    private static Scenario next(Arbitrary<Scenario> scenarios, Random random) {
        return scenarios.generator(1000).next(random).value();
    }

    private static void undone(Scenario scenario) throws Exception {
        UndoOrder order = new UndoOrder();
        try (World world = scenario.build(order::watch, true)) {
            Judge judge = new Judge(world, scenario);
            world.service.onStop = lastWord(world, world.service.onStop);
            assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
            judge.old();
            order.check();
        }
    }

    private static FakeService.Deed lastWord(World world, FakeService.Deed first) {
        return () -> {
            first.run();
            if (world.service.running.equals(World.NEW)) {
                world.writeStatus(0);
            }
        };
    }

    private static void done(Scenario scenario) throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            assertThat(world.update()).as(() -> world.failure).isZero();
            judge.updated();
        }
    }

    private static void killed(Scenario scenario, Random random) throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            int first = 1 + random.nextInt(600);
            int second = 1 + random.nextInt(200);
            world.killed(() -> world.points.killAt(first), true);
            world.clock.advance(Duration.ofMillis(random.nextInt(2000)));
            world.killed(() -> world.points.killAt(second), false);
            world.killed(() -> {}, false);
            assertThat(world.exit).as(() -> world.failure).isNotEqualTo(4);
            judge.oneOfThem();
        }
    }

    /** Records which files are placed and taken back. Invariant 8: the one is the exact reverse of the other. */
    static final class UndoOrder {
        private final List<Step.PlaceFile> placed = new ArrayList<>();
        private final List<Step.PlaceFile> takenBack = new ArrayList<>();

        Site watch(Site site) {
            Placing placing = site.placing();
            return Sites.with(site, new Placing() {
                @Override
                public void place(Step.PlaceFile file) throws java.io.IOException {
                    placed.add(file);
                    placing.place(file);
                }

                @Override
                public void takeBack(Step.PlaceFile file, Displaced displaced) throws java.io.IOException {
                    takenBack.add(file);
                    placing.takeBack(file, displaced);
                }

                @Override
                public void close() throws java.io.IOException {
                    placing.close();
                }
            });
        }

        void check() {
            // Files that a failed installation never came to are taken back first, to no effect.
            assertThat(takenBack).endsWith(placed.reversed().toArray(Step.PlaceFile[]::new));
        }
    }
}
