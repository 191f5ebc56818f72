package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.state.document.Probation;
import updater.transaction.GoingBackTests.Tree;
import updater.transaction.context.ProbationFile;
import updater.transaction.world.FakeCommands;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/**
 * The invariants of the way back, of a vendor's hooks and of probations, against generated hosts with operators' edits and dropped
 * files, bundles, failures and kills.
 */
@AddLifecycleHook(TriesOfTier.class)
final class WayBackInvariantTests {
    private static final int MOST_POINTS = 700;
    private static final String NEWER = "new agent 3";
    private static final Retention KEEPING = new Retention(1 << 20, 1000, 7, 1 << 30);

    @Provide
    Arbitrary<GeneratedUpdate> quiet() {
        return GeneratedUpdate.quiet();
    }

    @Provide
    Arbitrary<GeneratedUpdate> either() {
        return GeneratedUpdate.either();
    }

    private static World build(GeneratedUpdate scenario, UnaryOperator<Product> edit) throws IOException {
        World world = scenario.build();
        world.describedBy(
                product -> edit.apply(ProductEdit.of(product).retention(KEEPING).product()));
        world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));
        return world;
    }

    private static void updated(World world) throws InterruptedException {
        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    /**
     * What both had changed is put beside the file, and is the operator's from then on, unless it is the definition. A file with
     * several names is one of its own under each that was replaced.
     */
    private static List<String> changes(Tree tree, Tree since) {
        return tree.separately().changesSince(since.separately()).stream()
                .filter(change -> !change.matches("(?s)(?!units/).*\\.(orig|new): new file"))
                .filter(change -> !change.matches("(units/)?agent\\.unit(\\.new)?: mtime.*"))
                .filter(change -> !isOfDirectory(change, since))
                .toList();
    }

    /** A directory that was removed comes back with owner and mode. */
    private static boolean isOfDirectory(String change, Tree tree) {
        int attribute = change.indexOf(": attribute ");
        return attribute > 0
                && tree.home().entries().get(change.substring(0, attribute)).isDirectory();
    }

    private static int goBack(World world) throws IOException, InterruptedException {
        GoingBackTests.stagePreviousDefinition(world);
        return world.goBack();
    }

    /** Kills a run, and then its recovery; the next one comes to an end. */
    private static void killed(World world, World.Work work, int first, int second) throws InterruptedException {
        world.killed(() -> world.points.killAt(1 + first), work);
        world.killed(() -> world.points.killAt(1 + second), false);
        assertThat(world.killed(() -> {}, false)).isFalse();
        assertThat(world.exit).as(() -> world.failure).isNotEqualTo(4);
        assertThat(world.layout().journal()).doesNotExist();
    }

    /** An update can be taken back, that be taken back, and so on; killed anywhere, it is one of both. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void goBack_againAndAgainAndKilledAnywhere_isExactlyOneOfBoth(
            @ForAll("quiet") GeneratedUpdate scenario,
            @ForAll @IntRange(max = 2) int times,
            @ForAll @IntRange(max = MOST_POINTS) int first,
            @ForAll @IntRange(max = MOST_POINTS) int second)
            throws Exception {
        try (World world = build(scenario, product -> product)) {
            Tree before = Tree.of(world);
            String settings = world.service.settings;
            updated(world);
            Tree after = Tree.of(world);
            String newSettings = world.service.settings;
            assertThat(goBack(world)).as(() -> world.failure).isZero();
            assertThat(world.service.settings).isEqualTo(settings);
            Tree back = Tree.of(world);
            assertThat(changes(back, before)).isEmpty();
            for (int i = 1; i <= times; i++) {
                assertThat(goBack(world)).as(() -> world.failure).isZero();
                assertThat(changes(Tree.of(world), i % 2 == 0 ? back : after)).isEmpty();
            }
            GoingBackTests.stagePreviousDefinition(world);

            killed(world, world::goBack, first, second);

            boolean old = Files.readString(world.home("agent")).equals(World.OLD);
            assertThat(changes(Tree.of(world), old ? back : after)).isEmpty();
            assertThat(world.service.running).isEqualTo(old ? World.OLD : World.NEW);
            assertThat(world.service.settings).isEqualTo(old ? settings : newSettings);
            assertThat(world.service.armed).isFalse();
            assertThat(goBack(world)).as(() -> world.failure).isZero();
            assertThat(changes(Tree.of(world), old ? after : back)).isEmpty();
        }
    }

    private static VendorCommands hooks() {
        return new VendorCommands(List.of(), hook("before"), hook("after"), hook("back"), List.of());
    }

    private static List<Probe.Command> hook(String name) {
        return List.of(new Probe.Command(List.of(VendorCommands.HOOKS + name), Duration.ofSeconds(5)));
    }

    private static Path hooksIn(Path runtime) throws IOException {
        for (String name : List.of("before", "after", "back")) {
            Path hook = Files.createDirectories(runtime.resolve("hooks")).resolve(name);
            Files.createFile(hook, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        return runtime;
    }

    /** A hook before the stop refuses; the others change nothing. Killed anywhere, the outcome's own hooks have run. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_withHooksThatFailAndKilledAnywhere_isExactlyOldOrNew(
            @ForAll("either") GeneratedUpdate scenario,
            @ForAll boolean beforeFails,
            @ForAll boolean othersFail,
            @ForAll @IntRange(max = MOST_POINTS) int first,
            @ForAll @IntRange(max = MOST_POINTS) int second)
            throws Exception {
        try (World world = scenario.build()) {
            world.describedBy(
                    product -> ProductEdit.of(product).commands(hooks()).product());
            world.javaHome = hooksIn(world.root().resolve("runtime"));
            Set<String> failing = new HashSet<>(othersFail ? Set.of("after", "back") : Set.of());
            if (beforeFails) {
                failing.add("before");
            }
            world.commands = new FakeCommands(world.ran, failing);
            Judge judge = new Judge(world, scenario);

            killed(world, world::update, first, second);

            if (beforeFails) {
                judge.untouched();
            } else {
                judge.oneOfThem();
            }
            if (world.service.calls().contains("stop")) {
                String hook = world.service.running.equals(World.NEW) ? "after" : "back";
                assertThat(ran(world, hook)).as("%s: %s", hook, world.ran).isTrue();
            } else {
                // Killed between the request of the stop and the stop, it is rolled back, too.
                assertThat(ran(world, "after")).as("%s", world.ran).isFalse();
                assertThat(beforeFails && ran(world, "back"))
                        .as("%s", world.ran)
                        .isFalse();
            }
        }
    }

    private static boolean ran(World world, String hook) {
        return world.ran.stream().anyMatch(command -> command.endsWith("/hooks/" + hook));
    }

    private static Optional<Probation> probation(World world) throws IOException {
        return new ProbationFile(world.context().disk(), world.layout()).read();
    }

    /** What is on probation is what is in place, and is looked at; it fails, and what it replaced is back. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void update_overAProbationAndKilledAnywhere_isOnProbationAndIsTakenBack(
            @ForAll("quiet") GeneratedUpdate scenario,
            @ForAll @IntRange(max = MOST_POINTS) int first,
            @ForAll @IntRange(max = MOST_POINTS) int second)
            throws Exception {
        UnaryOperator<Product> onProbation = product ->
                ProductEdit.of(product).probation(Duration.ofHours(1)).product();
        try (World world = build(scenario, onProbation)) {
            Tree before = Tree.of(world);
            updated(world);
            Tree after = Tree.of(world);
            String earlier = probation(world).orElseThrow().installed().update();
            world.write("home/tmp/latest/agent", NEWER, 0755);
            world.writeStatus(2);

            killed(world, world::update, first, second);

            boolean newer = Files.readString(world.home("agent")).equals(NEWER);
            assertThat(world.service.running).isEqualTo(newer ? NEWER : World.NEW);
            assertThat(world.service.armed).isTrue();
            assertThat(probation(world).orElseThrow().installed().update().equals(earlier))
                    .isEqualTo(!newer);

            for (int looks = 0; looks < 3; looks++) {
                world.service.exit(Activity.FAILED);
                world.clock.ahead = world.clock.ahead.plusSeconds(15);
                GoingBackTests.stagePreviousDefinition(world);
                assertThat(world.recover()).as(() -> world.failure).isZero();
            }

            assertThat(probation(world)).isEmpty();
            assertThat(world.service.armed).isFalse();
            assertThat(changes(Tree.of(world), newer ? after : before)).isEmpty();
            assertThat(world.service.running).isEqualTo(newer ? World.NEW : World.OLD);
        }
    }
}
