package updater.transaction.world;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;
import updater.api.Product;
import updater.api.conformance.ProductEdit;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.Node.Kind;

/**
 * A generated host and bundle, and what the agents do.
 *
 * @param exiting what the old agent does while it shuts down
 * @param report the status the new agent reports; none when negative
 * @param last decides what the record of the last version says; 0 for none
 */
public record GeneratedUpdate(
        List<Node> home,
        List<Node> bundle,
        List<Deed> exiting,
        List<Deed> starting,
        Definition definition,
        boolean jar,
        boolean active,
        int report,
        Kin product,
        int last) {
    /** What a vendor may describe in another way. */
    public enum Kin {
        STANDARD(Set.of(), List.of()),
        PRESERVES_MORE(Set.of("a", "lib"), List.of()),
        ANOTHER_MUTABLE_DIRECTORY(Set.of(), List.of("tmpdata/")),
        BOTH(Set.of("b"), List.of("lib/", "a")),
        CONFIGURES(Set.of("agent.d/*"), List.of(), List.of("b", "lib/", "a/**/lib"));

        private final Set<String> preserved;
        private final List<String> mutable;

        private final List<String> configuration;

        Kin(Set<String> preserved, List<String> mutable) {
            this(preserved, mutable, List.of());
        }

        Kin(Set<String> preserved, List<String> mutable, List<String> configuration) {
            this.preserved = preserved;
            this.mutable = mutable;
            this.configuration = configuration;
        }

        Product of(Product standard) {
            Set<String> names = new HashSet<>(standard.files().preserved());
            names.addAll(preserved);
            List<String> paths = new ArrayList<>(standard.files().mutable());
            paths.addAll(mutable);
            return ProductEdit.of(standard)
                    .preserved(names)
                    .mutable(paths)
                    .configuration(configuration)
                    .product();
        }
    }

    /** An installation of nothing but the agent, of the standard product. */
    public static GeneratedUpdate plain(Definition definition, int report) {
        return new GeneratedUpdate(
                List.of(), List.of(), List.of(), List.of(), definition, false, true, report, Kin.STANDARD, 0);
    }

    private static final AtomicLong NUMBER = new AtomicLong();

    /** Trees are made where nothing is written to a disk, if there is such a place. */
    private static final Path BASE = Files.isWritable(Path.of("/dev/shm"))
            ? Path.of("/dev/shm")
            : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));

    private static final List<String> NAMES = List.of(
            "a",
            "b",
            "lib",
            "lib",
            "agent.d",
            "-dash",
            "sp ace",
            "new\nline",
            "ünï",
            "tmpdata",
            "log.d",
            "config.yaml");

    public static Arbitrary<GeneratedUpdate> failing() {
        return any(Arbitraries.of(3, 3, -1), Deed.What.values());
    }

    public static Arbitrary<GeneratedUpdate> succeeding() {
        return any(Arbitraries.just(0));
    }

    public static Arbitrary<GeneratedUpdate> either() {
        return any(Arbitraries.of(0, 3));
    }

    /** What succeeds, with agents that change nothing: what an operator has done shows in what the last version shipped. */
    public static Arbitrary<GeneratedUpdate> quiet() {
        return succeeding().map(GeneratedUpdate::quietly);
    }

    private GeneratedUpdate quietly() {
        return new GeneratedUpdate(home, bundle, List.of(), List.of(), definition, jar, active, report, product, last);
    }

    private static Arbitrary<GeneratedUpdate> any(Arbitrary<Integer> report, Deed.What... exiting) {
        Arbitrary<List<Node>> home = nodes(
                12,
                Kind.FILE,
                Kind.FILE,
                Kind.FILE,
                Kind.FILE,
                Kind.DIRECTORY,
                Kind.DIRECTORY,
                Kind.LINK,
                Kind.LINK,
                Kind.HARD_LINK);
        Arbitrary<List<Node>> bundle = nodes(8, Kind.FILE, Kind.FILE, Kind.FILE, Kind.DIRECTORY);
        Arbitrary<List<Deed>> exits = exiting.length == 0 ? Arbitraries.just(List.of()) : deeds(4, exiting);
        return Combinators.combine(
                        home,
                        bundle,
                        exits,
                        deeds(7, Deed.What.values()),
                        Arbitraries.of(Definition.values()),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, true, true, false),
                        Combinators.combine(
                                        report,
                                        Arbitraries.of(Kin.values()),
                                        Arbitraries.oneOf(Arbitraries.just(0), salts(), salts()))
                                .as(Tuple::of))
                .as((homes, bundles, exit, start, definition, jar, active, ends) -> new GeneratedUpdate(
                        homes, bundles, exit, start, definition, jar, active, ends.get1(), ends.get2(), ends.get3()));
    }

    private static Arbitrary<List<Node>> nodes(int most, Kind... kinds) {
        Arbitrary<String> path =
                Arbitraries.of(NAMES).list().ofMinSize(1).ofMaxSize(3).map(names -> String.join("/", names));
        return Combinators.combine(Arbitraries.of(kinds), path, salts())
                .as(Node::new)
                .list()
                .ofMaxSize(most);
    }

    private static Arbitrary<List<Deed>> deeds(int most, Deed.What... whats) {
        return Combinators.combine(Arbitraries.of(whats), salts(), salts())
                .as(Deed::new)
                .list()
                .ofMaxSize(most);
    }

    private static Arbitrary<Integer> salts() {
        return Arbitraries.integers().between(0, 1_000_000);
    }

    /** Returns whether neither agent changes home. */
    public boolean isQuiet() {
        return exiting.isEmpty() && starting.isEmpty();
    }

    public World build() throws IOException {
        return build(context -> context, true);
    }

    /** @param peaceful whether bundle files that conflict with home in type are left out */
    public World build(UnaryOperator<UpdateContext> adjusted, boolean peaceful) throws IOException {
        Path root = Files.createDirectory(
                BASE.resolve("updater-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet()));
        World world = new World(root, definition, product::of, adjusted);
        Path home = world.layout().home();
        Node.plant(home, home());
        Node.stage(
                world.layout().staged(),
                bundle.stream()
                        .filter(node -> !peaceful || !conflicts(node, home))
                        .toList());
        world.last = LastVersion.plant(world, last);
        if (jar) {
            world.write("jmx.jar", "old jar", 0604);
            world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        }
        if (!active) {
            world.service.exit(updater.api.service.ServiceState.Activity.INACTIVE);
        }
        world.service.onStop = () -> {
            if (world.service.running.startsWith("old")) {
                world.late.run(
                        () -> Deed.perform(home, exiting, path -> !path.equals("agent") && !path.equals("agent.unit")));
            }
        };
        return world;
    }

    private static boolean conflicts(Node node, Path home) {
        Path path = home.resolve(node.path());
        for (Path above = path.getParent(); !above.equals(home); above = above.getParent()) {
            if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
                return true;
            }
        }
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && (node.kind() == Kind.DIRECTORY
                        ? !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                        : !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS));
    }
}
