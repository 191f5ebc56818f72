package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.HomeLayout;
import updater.api.Os;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.FaultyCommands;
import updater.api.conformance.ProductEdit;
import updater.api.conformance.ServiceBench;
import updater.api.service.Commands;
import updater.api.service.ServiceManager;
import updater.fs.Disk;
import updater.fs.GuardedHome;
import updater.fs.HostFilesOnDisk;
import updater.processes.Boot;
import updater.state.document.UpdateReport;
import updater.state.log.LogChannels;
import updater.testkit.TreeSnapshot;
import updater.transaction.Engine;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.OwnUser;
import updater.transaction.context.Termination;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;

/** Updates of an agent whose service manager is a bench of its provider's own tests; all but that manager is real. */
final class SweptHost implements AutoCloseable {
    static final String OLD = "old agent";
    static final String NEW = "new agent";
    static final String BAD = "ends at once";
    private static final String STATUS = "package_statuses.json";
    private static final Set<String> NOT_ROLLED_BACK = Set.of("tmp", "log", "updater", ".updater", STATUS);

    private final Path root;
    private final String manager;
    private final ServiceBench bench;
    private final Path home;
    private final HomeLayout layout;
    private final TreeSnapshot before;
    private final Set<String> tracesBefore;
    private final String definitionBefore;
    private final String loadedBefore;
    private final String program;
    private final String stagedDefinition;

    /** Whether the version before is kept; what proves a version healthy is that it runs then, as an agent that is gone back to. */
    boolean keepsPrevious;

    /** What an updater ended with: its exit code, and why. */
    record Outcome(int exit, String reason) {}

    SweptHost(Path root, String manager, ServiceBench bench, boolean healthy) throws Exception {
        this.root = root;
        this.manager = manager;
        this.bench = bench;
        this.home = bench.staged().getParent().getParent();
        this.layout = new HomeLayout(home, root.resolve("updaters-state"));
        this.program = healthy ? NEW : BAD;
        Files.createDirectory(
                layout.state(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createDirectories(home.resolve("log"));
        Files.createDirectories(home.resolve("lib"));
        program(home, OLD);
        Files.writeString(home.resolve("lib/part"), "old part");
        Files.writeString(home.resolve(STATUS), status(0));
        Files.createDirectories(bench.staged().resolve("lib"));
        program(bench.staged(), program);
        Files.writeString(bench.staged().resolve("lib/part"), "new part");
        Files.writeString(bench.staged().resolve("lib/more"), "more");
        bench.stage(ServiceBench.Definition.CHANGED);
        try (Stream<Path> files = Files.list(bench.staged().resolve("install"))) {
            stagedDefinition =
                    bench.staged().relativize(files.findFirst().orElseThrow()).toString();
        }
        ServiceManager service = bench.open();
        service.start();
        bench.awaitReady();
        assertThat(bench.running()).isEqualTo(OLD);
        before = home();
        tracesBefore = bench.traces();
        definitionBefore = Files.readString(bench.definition());
        loadedBefore = bench.loaded();
    }

    private void program(Path directory, String name) throws IOException {
        Path file = Files.writeString(directory.resolve("agent"), bench.program(name));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String status(int number) {
        return "{\"all_packages_hash\":\"eA==\",\"package_states\":{\"agent\":{\"name\":\"agent\",\"agent_version\":\"1\","
                + "\"server_version\":\"2\",\"status\":" + number + ",\"error_message\":\"\"}}}";
    }

    /** Makes the bundle's definition the installed one with something behind it. */
    void stageDefinition(String more) throws IOException {
        Files.writeString(bench.staged().resolve(stagedDefinition), definitionBefore + more);
    }

    private TreeSnapshot home() {
        return TreeSnapshot.of(home, NOT_ROLLED_BACK::contains).ignoringOwnTime();
    }

    private Product product() {
        ProductEdit edit = ProductEdit.agent()
                .home(Os.LINUX, home)
                .service(manager, ProductEdit.spec(bench.name(), stagedDefinition, Optional.empty()))
                .preserved(Set.of("config.yaml"))
                .mutable(List.of("log/", "tmp/", STATUS))
                .status(new StatusRule("agent", STATUS, AfterSuccess.KEEP))
                .health(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(500))
                .retention(ProductEdit.keeping(1 << 20));
        if (keepsPrevious) {
            edit.retention(new Retention(1 << 20, 1000, 7, 1 << 30)).probes(new Probe.Running(Duration.ofMillis(200)));
        }
        return edit.product();
    }

    /** Updates, by commands that may not do what they should. */
    Outcome update(FaultyCommands commands) throws InterruptedException {
        ServiceManager service = bench.open(host -> commands);
        return run(service, engine -> Optional.of(engine.update()));
    }

    /** Takes the update back, by commands of which some may be the last ones of this updater. */
    Outcome goBack(UnaryOperator<Commands> commands) throws InterruptedException {
        return run(bench.open(commands), engine -> Optional.of(engine.goBack()));
    }

    /** Lets what was kept of the old version be a program that ends at once. */
    void spoilPrevious() throws IOException {
        program(layout.work().resolve("previous"), BAD);
    }

    /** Recovers, by commands that do. */
    Outcome recover() throws InterruptedException {
        return run(bench.open(), engine -> engine.recover(false));
    }

    /** Commands that the bench's manager lives by, faulty from a number on and up to another. */
    FaultyCommands commands(FaultyCommands.Fault fault, int from, int until) {
        FaultyCommands[] made = new FaultyCommands[1];
        bench.open(host -> {
            made[0] = new FaultyCommands(host, bench.clock(), fault, from, until);
            return made[0];
        });
        return made[0];
    }

    /** The commands of the updater itself, such as the trial of its guard's: all of them end well. */
    private static final class WellCommands implements Commands {
        @Override
        public Optional<Path> find(List<Path> candidates) {
            return candidates.stream().findFirst();
        }

        @Override
        public Result run(List<String> argv, Duration bound) {
            return new Result(0, "", "");
        }

        @Override
        public long startDetached(
                List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
            throw new UnsupportedOperationException("the updater itself starts nothing");
        }
    }

    private interface Run {
        Optional<UpdateResult> of(Engine engine) throws UpdateFailure, InterruptedException;
    }

    private Outcome run(ServiceManager service, Run run) throws InterruptedException {
        Disk disk = new GuardedHome(Disk.ofHost(), layout);
        EventLog log = (level, message, values, error) -> {};
        UpdateContext context = new UpdateContext(
                product(),
                layout,
                new UpdateContext.Manager(manager, service),
                disk,
                LogChannels.ofFileSystem(),
                new HostFilesOnDisk(disk),
                bench.clock());
        try {
            int uid = (int) Files.getAttribute(root, "unix:uid");
            Invocation invocation = new Invocation(
                    "test",
                    new Invocation.OwnRuntime(
                            Path.of("/nowhere"),
                            Path.of("/nowhere"),
                            new WellCommands(),
                            () -> true,
                            new Termination()),
                    new OwnUser(uid == 0, uid),
                    "linux-amd64-glibc",
                    Boot.ofHost(),
                    () -> Duration.ZERO,
                    List.of());
            return outcome(run.of(new Engine(context, invocation, (phase, took) -> {}, log)));
        } catch (UpdateFailure e) {
            return new Outcome(5, e.fullMessage());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Outcome outcome(Optional<UpdateResult> result) {
        UpdateReport.Outcome kind = result.map(UpdateResult::kind).orElse(UpdateReport.Outcome.UPDATED);
        int exit = switch (kind) {
            case UPDATED, UNCHANGED -> 0;
            case ROLLED_BACK -> 1;
            case ROLLBACK_INCOMPLETE -> 4;
            case REFUSED, ABORTED, SUPERSEDED -> 5;
        };
        return new Outcome(exit, result.map(UpdateResult::reason).orElse("nothing to do"));
    }

    /** Returns what is not as it was; empty when the host is what it was before the update. */
    List<String> differencesFromOld() throws IOException {
        return differences(before, OLD, definitionBefore, loadedBefore);
    }

    /** Returns what is not as the update should have it. */
    List<String> differencesFromNew() throws IOException {
        List<String> found = new ArrayList<>();
        differ(found, "agent", bench.program(program), Files.readString(home.resolve("agent")));
        differ(found, "lib/part", "new part", Files.readString(home.resolve("lib/part")));
        Path more = home.resolve("lib/more");
        differ(found, "lib/more", "more", Files.exists(more) ? Files.readString(more) : "not there");
        differ(found, "running", program, bench.running());
        differ(found, "loaded", Files.readString(bench.definition()), bench.loaded());
        if (Files.readString(bench.definition()).equals(definitionBefore)) {
            found.add("the definition is the old one");
        }
        return found;
    }

    private List<String> differences(TreeSnapshot tree, String running, String definition, String loaded)
            throws IOException {
        List<String> found = new ArrayList<>(
                home().changesSince(tree).stream().map(Object::toString).toList());
        differ(found, "running", running, bench.running());
        differ(found, "definition", definition, Files.readString(bench.definition()));
        differ(found, "loaded", loaded, bench.loaded());
        return found;
    }

    private static void differ(List<String> found, String what, String expected, String is) {
        if (!expected.equals(is)) {
            found.add(what + " is '" + is.strip() + "'");
        }
    }

    /** Returns what is left on the host that an update brings along, the definition aside. */
    List<String> left() throws Exception {
        List<String> left = new ArrayList<>();
        if (Files.exists(layout.journal())) {
            left.add("journal");
        }
        String definition = bench.definition().toString();
        bench.traces().stream()
                .filter(trace -> !tracesBefore.contains(trace) && !trace.startsWith(definition))
                .filter(trace -> !keepsPrevious || !trace.contains("/" + HomeLayout.WORK))
                .forEach(left::add);
        return left;
    }

    String status() throws IOException {
        return Files.readString(home.resolve(STATUS));
    }

    @Override
    public void close() throws IOException {
        bench.close();
    }
}
