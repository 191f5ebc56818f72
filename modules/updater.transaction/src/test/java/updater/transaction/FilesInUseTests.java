package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import updater.api.HomeLayout;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.faulty.BusyDisk;
import updater.transaction.world.FakeService;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/**
 * The invariants on a disk that refuses what Windows refuses while files are in use: by programs that outlive the
 * agent, by whoever opened them without sharing, and by a scanner.
 */
@AddLifecycleHook(TriesOfTier.class)
final class FilesInUseTests {
    private static final int MOST_POINTS = 700;
    private static final AtomicInteger REFUSALS = new AtomicInteger();

    /** A host like Windows. */
    private static final class InUse implements AutoCloseable {
        final World world;
        final BusyDisk busy;
        final Judge judge;
        private final Random random;
        private final Path aside;

        InUse(World world, GeneratedUpdate scenario, int seed, Duration locked) throws IOException {
            this.world = world;
            this.busy = new BusyDisk(Disk.ofHost(), world.clock);
            this.random = new Random(seed);
            this.aside = world.layout().home().resolve(HomeLayout.ASIDE);
            this.judge = new Judge(world, scenario);
            world.below = disk -> busy;
            world.above = disk -> Disk.aside(disk, world.clock).settingAside(aside);
            busy.scanning(Duration.ofMillis(random.nextInt(200)));
            FakeService.Deed first = world.service.onFirstStop;
            world.service.onFirstStop = () -> {
                first.run();
                use(locked);
            };
        }

        /** What the agent left behind, and others: a third of its files run, a third is locked for a while. */
        private void use(Duration locked) throws IOException {
            Disk disk = Disk.ofHost();
            try (Stream<Path> tree = Files.walk(world.layout().home())) {
                for (Path file : tree.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                        .filter(path -> !path.startsWith(world.layout().home().resolve("log")))
                        .sorted()
                        .toList()) {
                    try (Directory directory = disk.open(file.getParent())) {
                        var entry =
                                directory.lookup(file.getFileName().toString()).orElseThrow();
                        switch (random.nextInt(3)) {
                            case 0 -> busy.run(entry, Duration.ofDays(1));
                            case 1 -> busy.lock(entry, Duration.ofMillis(random.nextLong(1 + locked.toMillis())));
                            default -> {}
                        }
                    }
                }
            }
        }

        /** Nobody has anything open any more: the next run leaves nothing of what lay aside. */
        void laterNothingIsLeft() throws IOException {
            busy.letGo();
            Disk.aside(busy, world.clock).settingAside(aside).clearAside();
            assertThat(aside).doesNotExist();
        }

        @Override
        public void close() throws IOException {
            REFUSALS.addAndGet(busy.refusals());
            world.close();
        }
    }

    private static final Duration A_WHILE = Duration.ofMillis(900);

    @AfterContainer
    static void somethingWasRefused() {
        assertThat(REFUSALS.get()).as("refusals over all properties").isGreaterThan(500);
    }

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

    /** Invariant 1. */
    @Property(tries = 150, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_failsWithFilesInUse_everythingIsAsItWas(@ForAll("failing") GeneratedUpdate scenario, @ForAll int seed)
            throws Exception {
        try (InUse host = new InUse(scenario.build(), scenario, seed, A_WHILE)) {
            assertThat(host.world.update()).as(() -> host.world.failure).isEqualTo(1);
            host.judge.old();
            host.laterNothingIsLeft();
        }
    }

    /** Invariant 2. */
    @Property(tries = 150, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_succeedsWithFilesInUse_bundleIsInPlaceAndNothingElse(
            @ForAll("succeeding") GeneratedUpdate scenario, @ForAll int seed) throws Exception {
        try (InUse host = new InUse(scenario.build(), scenario, seed, A_WHILE)) {
            assertThat(host.world.update()).as(() -> host.world.failure).isZero();
            host.judge.updated();
            host.laterNothingIsLeft();
        }
    }

    /** Invariants 3 and 8: killed anywhere, the two renames of a file in use included, and recovered twice. */
    @Property(tries = 250, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_killedAnywhereWithFilesInUse_exactlyOldOrNew(
            @ForAll("either") GeneratedUpdate scenario,
            @ForAll int seed,
            @ForAll @IntRange(max = MOST_POINTS) int first,
            @ForAll @IntRange(max = MOST_POINTS) int second)
            throws Exception {
        try (InUse host = new InUse(scenario.build(), scenario, seed, A_WHILE)) {
            World world = host.world;
            world.killed(() -> world.points.killAt(1 + first), true);
            world.killed(() -> world.points.killAt(1 + second), false);
            assertThat(world.killed(() -> {}, false)).isFalse();
            assertThat(world.exit).as(() -> world.failure).isNotEqualTo(4);
            host.judge.oneOfThem();
            assertThat(world.killed(() -> {}, false)).isFalse();
            assertThat(world.exit).as("nothing is left to recover").isZero();
            host.judge.oneOfThem();
        }
    }

    /** Invariant 5: a file that stays locked for longer than anybody waits, and an operation that fails besides. */
    @Property(tries = 250, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_filesLockedForLong_exactlyOldOrNewOrResumable(
            @ForAll("either") GeneratedUpdate scenario, @ForAll int seed, @ForAll @IntRange(max = 800) int operation)
            throws Exception {
        try (InUse host = new InUse(scenario.build(), scenario, seed, Duration.ofSeconds(30))) {
            World world = host.world;
            world.killed(() -> world.points.fail(1 + operation, 1), true);
            if (world.exit == 4) {
                assertThat(world.layout().journal()).exists();
                assertThat(world.layout().rollback()).exists();
            }
            boolean left = Files.exists(world.layout().journal()) || world.service.armed || world.halfWritten();
            host.busy.letGo();
            if (left) {
                world.killed(() -> {}, false);
                assertThat(world.exit).as(() -> world.failure).isIn(0, 1);
            }
            host.judge.oneOfThem();
        }
    }

    /** Probed for before the stop: an operator finds in the report what to look at. */
    @Property(tries = 1, edgeCases = EdgeCasesMode.NONE)
    void update_fileLockedBeforeTheStop_isWarnedOf() throws Exception {
        GeneratedUpdate plain = GeneratedUpdate.plain(FakeService.Definition.NONE, 0);
        try (InUse host = new InUse(plain.build(), plain, 0, Duration.ZERO)) {
            host.world.newAgent(0, () -> {});
            host.world.service.onFirstStop = host.busy::letGo;
            try (Directory home = Disk.ofHost().open(host.world.layout().home())) {
                host.busy.lock(home.lookup("agent").orElseThrow(), Duration.ofDays(1));
            }
            assertThat(host.world.update()).isZero();
            assertThat(host.world.failure).contains("in use before the stop: agent");
        }
    }
}
