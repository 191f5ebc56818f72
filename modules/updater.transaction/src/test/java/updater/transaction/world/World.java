package updater.transaction.world;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.ServiceState;
import updater.fs.Disk;
import updater.fs.GuardedHome;
import updater.fs.HostFilesOnDisk;
import updater.fs.faulty.FaultyDisk;
import updater.fs.faulty.RenumberedDisk;
import updater.processes.Boot;
import updater.state.document.UpdateReport;
import updater.state.log.LogChannels;
import updater.testkit.ExpectedTree.Shipped;
import updater.testkit.TreeSnapshot;
import updater.transaction.Engine;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.Offer;
import updater.transaction.context.OwnUser;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.StateFiles;
import updater.transaction.context.Termination;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.world.FakeService.Definition;

/** A host with one agent on a real file system, on which an updater can be run, killed, and run again. */
public final class World implements AutoCloseable {
    public static final String STATUS = "package_statuses.json";
    public static final String OLD = "old agent";
    public static final String NEW = "new agent";
    public static final String PLATFORM = "linux-amd64-glibc";
    private static final int NO_OUTCOME = -1;
    private static final int REFUSED = 5;

    private final Path root;
    private final HomeLayout layout;
    private final UnaryOperator<UpdateContext> adjusted;
    private Product product;
    public final boolean privileged;
    public final CrashPoints points = new CrashPoints();
    public final FakeClock clock = new FakeClock(points);
    public final FakeService service;
    final LateDeeds late = new LateDeeds(this);
    public String failure = "";

    /** What the version that is installed shipped, as its record says. */
    Map<String, Shipped> last = Map.of();

    /** The definition that it shipped; empty where the record has none. */
    String lastDefinition = "";

    /** What lies below the faults, and what lies above them: by default nothing but the host's disk. */
    public UnaryOperator<Disk> below = disk -> disk;

    public UnaryOperator<Disk> above = disk -> disk;
    Path bootId;

    /** Whether recoveries are run by the boot, which waits for them. */
    public boolean atBoot;

    public TreeSnapshot atExit;

    /**
     * @param adjusted what a test wants different in what production code works with
     */
    public World(
            Path root, Definition definition, UnaryOperator<Product> product, UnaryOperator<UpdateContext> adjusted)
            throws IOException {
        this.root = root;
        this.adjusted = adjusted;
        this.privileged = (int) Files.getAttribute(root, "unix:uid") == 0;
        this.layout = new HomeLayout(root.resolve("home"), root.resolve("state"));
        this.product = product.apply(Products.standard());
        Path unit = definition == Definition.IN_HOME
                ? layout.home().resolve("agent.unit")
                : root.resolve("units").resolve("agent.unit");
        service = new FakeService(points, clock, layout.home().resolve("agent"), unit, definition);
        service.onFirstStop = () -> atExit = home();
        bootId = root.resolve("boot_id");
        Files.writeString(bootId, "1");
        Files.createDirectories(layout.home().resolve("log"));
        Files.createDirectories(layout.staged());
        Files.createDirectory(root.resolve("units"));
        Files.createDirectory(
                layout.state(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        write("home/agent", OLD, 0755);
        write("home/config.yaml", "the operator's", 0640);
        write("home/" + STATUS, status(2, "installing"), 0600);
        write("home/tmp/latest/agent", NEW, 0755);
        write("home/tmp/latest/config.yaml", "the bundle's", 0644);
        if (definition != Definition.NONE && definition != Definition.OPAQUE) {
            Files.writeString(unit, "old unit");
        }
        service.boot();
    }

    public static World plain(Path root) throws IOException {
        return new World(root, Definition.OUTSIDE, product -> product, context -> context);
    }

    public static String status(int number, String message) {
        return "{\"all_packages_hash\":\"eA==\",\"package_states\":{\"agent\":{\"name\":\"agent\",\"agent_version\":"
                + "\"1\",\"server_version\":\"2\",\"status\":" + number + ",\"error_message\":\"" + message
                + "\",\"x\":[1,2]}}}";
    }

    public Path root() {
        return root;
    }

    public HomeLayout layout() {
        return layout;
    }

    public Path home(String path) {
        return layout.home().resolve(path);
    }

    public Path staged(String path) {
        return layout.staged().resolve(path);
    }

    /** Writes a file below the root, and the directories it lies in. */
    public Path write(String path, String content, int mode) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content, StandardCharsets.UTF_8);
        Files.setAttribute(file, "unix:mode", mode);
        return file;
    }

    public void writeStatus(int number) throws IOException {
        Files.writeString(home(STATUS), status(number, "by the agent"));
    }

    /** The new agent says after a while how it fares, and does something before. */
    public void newAgent(int number, FakeService.Deed deed) {
        service.onStart = () -> {
            if (service.running.startsWith("new")) {
                late.run(deed);
                if (number >= 0) {
                    clock.after(Duration.ofMillis(700), () -> writeStatus(number));
                }
            }
        };
    }

    /** What an update never answers for. */
    static final Predicate<String> IGNORED = path -> path.equals("tmp")
            || path.equals("log")
            || path.equals(STATUS)
            || path.equals("updater")
            || path.equals(".updater");

    /** Returns whether an update of this product never answers for a path. */
    boolean ignores(String path) {
        return IGNORED.test(path)
                || product.files().mutable().stream()
                        .anyMatch(mutable -> (path + "/").startsWith(mutable.endsWith("/") ? mutable : mutable + "/"));
    }

    Product product() {
        return product;
    }

    public TreeSnapshot home() {
        return TreeSnapshot.of(layout.home(), this::ignores).ignoringOwnTime();
    }

    /** Files outside home keep their times; the directories they lie in are somebody else's, and change. */
    public TreeSnapshot outside() {
        return TreeSnapshot.of(root, path -> path.equals("home") || path.equals("state") || path.equals("boot_id"))
                .ignoringDirectoryTimes();
    }

    /** The descriptor that is there from now on. */
    public void describedBy(UnaryOperator<Product> other) {
        product = other.apply(product);
    }

    /** What production code works with, for tests of its parts. */
    public UpdateContext context() {
        Disk disk = new GuardedHome(Disk.ofHost(), layout);
        return adjusted.apply(new UpdateContext(
                product,
                layout,
                new UpdateContext.Manager("fake", service),
                disk,
                LogChannels.ofFileSystem(),
                new HostFilesOnDisk(disk),
                clock));
    }

    /** Returns commands that all end well and do nothing. */
    public static Commands noCommands() {
        return new FakeCommands(new ArrayList<>());
    }

    public static EventLog log() {
        return (level, message, values, error) -> {};
    }

    /** Runs an update as the command line does; returns the exit code, or throws what killed it. */
    public int update() throws InterruptedException {
        return run(engine -> engine.update().kind());
    }

    /** Updates from a tree that was unpacked into the updater's directory, as {@code apply} does. */
    public int update(Offer offer) throws InterruptedException {
        return run(engine -> engine.update(Optional.of(offer)).kind());
    }

    /** Takes the last update back, as {@code updater rollback} does. */
    public int goBack() throws InterruptedException {
        return run(engine -> engine.goBack().kind());
    }

    /** Looks what an update would do, as {@code updater plan} does. */
    public PlanPreview plan() throws InterruptedException {
        AtomicReference<PlanPreview> found = new AtomicReference<>();
        run(engine -> {
            found.set(engine.plan());
            return UpdateReport.Outcome.UNCHANGED;
        });
        return Objects.requireNonNull(found.get(), failure);
    }

    /** Recovers as the guard does. */
    public int recover() throws InterruptedException {
        return recover(false);
    }

    /** Recovers as {@code recover --give-up} does. */
    public int recoverGivingUp() throws InterruptedException {
        return recover(true);
    }

    private int recover(boolean giveUp) throws InterruptedException {
        return run(engine -> engine.takeTurn(giveUp).map(UpdateResult::kind).orElse(UpdateReport.Outcome.UPDATED));
    }

    private interface Run {
        UpdateReport.Outcome of(Engine engine) throws UpdateFailure, InterruptedException;
    }

    private int run(Run run) throws InterruptedException {
        failure = "";
        FaultyDisk faulty = points.watch(new FaultyDisk(below.apply(Disk.ofHost())));
        Disk disk = new GuardedHome(above.apply(faulty), layout);
        try {
            UpdateContext context = adjusted.apply(new UpdateContext(
                    product,
                    layout,
                    new UpdateContext.Manager("fake", service),
                    disk,
                    (file, options, attributes) -> faulty.watch(file, FileChannel.open(file, options, attributes)),
                    new HostFilesOnDisk(disk),
                    clock));
            Invocation invocation = new Invocation(
                    "test",
                    new Invocation.OwnRuntime(javaHome, root, commands, () -> wanted, termination),
                    new OwnUser(privileged, uid()),
                    PLATFORM,
                    new Boot(bootId, Path.of("/nowhere"), atBoot),
                    () -> Duration.ZERO,
                    List.of());
            int code = exitCode(run.of(new Engine(context, invocation, (phase, took) -> {}, log())));
            Path report = layout.state().resolve(StateFiles.REPORT);
            failure = Files.exists(report) ? Files.readString(report) : "no report";
            return code;
        } catch (UpdateFailure e) {
            failure = e.fullMessage();
            return REFUSED;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** README's table. */
    private static int exitCode(UpdateReport.Outcome outcome) {
        return switch (outcome) {
            case UPDATED, UNCHANGED -> 0;
            case ROLLED_BACK -> 1;
            case ROLLBACK_INCOMPLETE -> 4;
            case REFUSED, ABORTED, SUPERSEDED -> REFUSED;
        };
    }

    private int uid() throws IOException {
        return (int) Files.getAttribute(root, "unix:uid");
    }

    /** What a process does that may be killed. */
    public interface Work {
        int run() throws InterruptedException;
    }

    /** Begins a new process, lets {@code faults} arrange its fate, and returns whether it was killed. */
    public boolean killed(Runnable faults, boolean update) throws InterruptedException {
        return killed(faults, update ? this::update : this::recover);
    }

    /** As {@link #killed(Runnable, boolean)}, of a process that does something else. */
    public boolean killed(Runnable faults, Work work) throws InterruptedException {
        points.begin();
        faults.run();
        disturbed = true;
        try {
            exit = NO_OUTCOME;
            exit = work.run();
            incomplete |= exit == 4;
            return false;
        } catch (CrashPoints.Killed e) {
            return true;
        } finally {
            points.begin();
        }
    }

    /** What the updater runs from. */
    public Path javaHome = Path.of("/nowhere");

    /** Whether the process that the agent started is still there. */
    public boolean wanted = true;

    /** What asks the run to end. */
    public Termination termination = new Termination();

    /** The commands of the host that were run. */
    public final List<String> ran = new ArrayList<>();

    /** The commands that the updater runs itself. */
    public Commands commands = new FakeCommands(ran);

    public int exit = NO_OUTCOME;
    boolean disturbed;

    /** Whether an undo ended that could not put everything back. */
    boolean incomplete;

    /** Returns whether a file that could not be put in place is left in the state directory. */
    public boolean halfWritten() throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(layout.state(), ".*.updater-new")) {
            return children.iterator().hasNext();
        }
    }

    /** A container boots, or user space alone: nothing that can be read tells it from before. Nothing runs yet. */
    public void rebootUnnoticed() {
        service.exit(ServiceState.Activity.INACTIVE);
        atBoot = true;
    }

    /** The host boots: what is enabled runs, with what is in place. Devices get other numbers. */
    public void reboot() throws IOException {
        UnaryOperator<Disk> before = below;
        below = disk -> new RenumberedDisk(before.apply(disk), 7);
        service.exit(ServiceState.Activity.INACTIVE);
        Files.writeString(bootId, Files.readString(bootId) + "1");
        service.boot();
    }

    /** Removes the whole host. */
    @Override
    public void close() throws IOException {
        remove(root);
    }

    public static void remove(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
                for (Path child : children) {
                    remove(child);
                }
            }
        }
        Files.deleteIfExists(path);
    }
}
