package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.sessions.JqwikSession;
import org.junit.jupiter.api.Test;
import updater.transaction.world.FakeService;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.UndoOrder;
import updater.transaction.world.World;

/** The properties, tried on as few hosts as catch every planted bug. */
final class MutantProbe {
    /** Twice as many as planted bugs are given to be caught. */
    static final int TRIES = 20;

    private static final long SEED = 4711;

    private MutantProbe() {}

    static void run(int tries) throws Exception {
        for (Supplier<Story> stories :
                List.<Supplier<Story>>of(HardCasesTests::new, HardRecoveriesTests::new, PreparationCasesTests::new)) {
            for (Method story : stories.get().getClass().getDeclaredMethods()) {
                if (story.isAnnotationPresent(Test.class)) {
                    play(stories.get(), story);
                }
            }
        }
        JqwikSession.run(() -> {
            Random random = new Random(SEED);
            for (int i = 0; i < tries; i++) {
                undone(next(GeneratedUpdate.failing(), random));
                done(next(GeneratedUpdate.succeeding(), random));
                killed(next(GeneratedUpdate.either(), random), random);
            }
        });
    }

    private static void play(Story cases, Method story) throws Exception {
        cases.directory = Files.createTempDirectory("updater-hard-case");
        try {
            story.invoke(cases);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        } finally {
            World.remove(cases.directory);
        }
    }

    private static GeneratedUpdate next(Arbitrary<GeneratedUpdate> scenarios, Random random) {
        return scenarios.generator(1000).next(random).value();
    }

    private static void undone(GeneratedUpdate scenario) throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            world.service.onStop = lastWord(world, world.service.onStop);
            assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
            judge.old();
            if (scenario.isQuiet()) {
                UndoOrder.check(world);
            }
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

    private static void done(GeneratedUpdate scenario) throws Exception {
        try (World world = scenario.build()) {
            Judge judge = new Judge(world, scenario);
            assertThat(world.update()).as(() -> world.failure).isZero();
            judge.updated();
        }
    }

    private static void killed(GeneratedUpdate scenario, Random random) throws Exception {
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
}
