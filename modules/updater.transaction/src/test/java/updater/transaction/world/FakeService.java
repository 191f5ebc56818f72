package updater.transaction.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Bytes;
import updater.api.Os;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.Room;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceRun;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.processes.FoundRun;
import updater.processes.HostProcesses;
import updater.processes.ProcessId;

/** A service manager whose one service does what a test says. What runs is what lay in place when it was started. */
public final class FakeService implements ServiceManager, Guard {
    /** What an agent does at some moment of its life. */
    @FunctionalInterface
    public interface Deed {
        void run() throws IOException;
    }

    /** Where the service's definition is. */
    public enum Definition {
        NONE,
        OUTSIDE,
        /** Outside, and loaded before the stop. */
        OUTSIDE_FIRST,
        IN_HOME,
        OPAQUE
    }

    private static final Deed NOTHING = () -> {};

    private final CrashPoints points;
    private final FakeClock clock;
    private final Path program;
    private final Path definitionFile;
    private final Definition definition;
    private final List<String> calls = new ArrayList<>();
    private final Set<String> failing = new HashSet<>();
    private final FoundRun found = new FoundRun(HostProcesses.of(Os.MACOS));
    private long pids = 100;

    public Deed onStop = NOTHING;
    public Deed onFirstStop = NOTHING;
    public Deed onStart = NOTHING;
    public Deed onArm = NOTHING;
    public Activity activity = Activity.INACTIVE;
    Activity afterStart = Activity.RUNNING;
    public long pid;
    public long restarts;

    /** The manager's own name for the present run; empty where it has none. */
    public String run = "";

    public Optional<String> outdated = Optional.empty();
    public Duration restartDelay = Duration.ZERO;
    public Duration startBound = Duration.ofSeconds(3);
    public String running = "";
    public String enablement = "enabled";
    public String settings = "old settings";
    String newSettings = "new settings";

    /** The definition in the bundle, where it is a file. */
    public String newDefinition = "new unit";

    /** The package's own definition, where the one that is loaded hides it. */
    public Optional<Path> packaged = Optional.empty();

    /** Whether the staged tree has no definition. */
    public boolean shipsNone;

    public String loaded = "";

    /** What was loaded when the agent that runs was started. */
    String startedBy = "";

    public boolean armed;
    List<String> guardCommand = List.of();
    public Optional<String> sandbox = Optional.empty();
    public Optional<String> kills = Optional.empty();
    /** Whom the manager says to run the service as; empty when it says nothing. */
    public Optional<Long> user = Optional.empty();

    public Optional<String> elsewhere = Optional.empty();
    public Optional<Room> room = Optional.empty();

    /** Why the installed definition could not be started by; nothing of it is wrong with the staged one. */
    public Optional<String> broken = Optional.empty();

    /** Why the staged one could not either. */
    public Optional<String> unmended = Optional.empty();

    public boolean failuresHaveEffect;
    /** Whether the manager does not know the service any more. */
    public boolean removed;

    private boolean stopped;
    private boolean later;

    FakeService(CrashPoints points, FakeClock clock, Path program, Path definitionFile, Definition definition) {
        this.points = points;
        this.clock = clock;
        this.program = program;
        this.definitionFile = definitionFile;
        this.definition = definition;
    }

    /** Returns the calls that changed something, in order. */
    public List<String> calls() {
        return List.copyOf(calls);
    }

    public void forgetCalls() {
        calls.clear();
    }

    /** From now on a start that is asked for comes once the boot is over: nothing is seen of it. */
    public void startsLater() {
        later = true;
    }

    /** Lets every call of this name fail from now on. */
    public void fail(String call) {
        failing.add(call);
    }

    public void mend() {
        failing.clear();
    }

    /** Returns the definition that was placed beside the one that is loaded; empty when there is none. */
    Optional<String> besideDefinition() throws IOException {
        Path beside = definitionFile.resolveSibling("agent.unit.new");
        return Files.exists(beside) ? Optional.of(Files.readString(beside)) : Optional.empty();
    }

    /** Starts without an updater, as the host does. */
    public void boot() {
        load();
        run();
    }

    private interface Change {
        void run();
    }

    private void change(String call, Change change) throws UpdateFailure.Service {
        boolean fails = points.failsNow(call) || failing.contains(call);
        calls.add(call);
        if (!fails || failuresHaveEffect) {
            change.run();
        }
        if (fails) {
            throw new UpdateFailure.Service("no luck with " + call, "");
        }
        points.reached("after " + call);
    }

    private void look(String call) throws UpdateFailure.Service {
        if (points.failsNow(call) || failing.contains(call)) {
            throw new UpdateFailure.Service("no luck with " + call, "");
        }
    }

    @Override
    public ServiceFacts inspect() throws UpdateFailure {
        look("inspect");
        if (removed) {
            throw new UpdateFailure.Refused(RefusalCode.SERVICE_MISSING, "no such service", "");
        }
        return new ServiceFacts(
                activity == Activity.RUNNING,
                enablement,
                List.of(),
                Duration.ofSeconds(5),
                definition == Definition.OPAQUE ? settings : "");
    }

    @Override
    public ServiceState state() throws UpdateFailure.Service {
        look("state");
        boolean earlier = pid != 0 && found.is(new ProcessId(pid, ""));
        return new ServiceState(
                activity,
                pid,
                restarts,
                new ServiceRun(run.isEmpty() ? "process " + pid : run, earlier, outdated),
                pid == 0 ? List.of() : List.of(pid),
                "fake");
    }

    @Override
    public Optional<Long> user() {
        return user;
    }

    @Override
    public Duration restartDelay() {
        return restartDelay;
    }

    @Override
    public Duration startBound() {
        return startBound;
    }

    @Override
    public Optional<String> otherHome() throws UpdateFailure.Service {
        look("otherHome");
        return elsewhere;
    }

    @Override
    public Optional<Room> roomForReload() {
        return room;
    }

    @Override
    public Optional<String> stopKillsUpdater() {
        return kills;
    }

    @Override
    public Optional<String> sandboxing() {
        return sandbox;
    }

    @Override
    public void stop(Duration bound) throws UpdateFailure.Service {
        change("stop", () -> {
            found.stopping();
            if (activity != Activity.INACTIVE) {
                perform(onStop);
            }
            exit(Activity.INACTIVE);
            if (!stopped) {
                stopped = true;
                perform(onFirstStop);
            }
        });
    }

    /** Ends the agent's process, whatever it had in mind. */
    public void exit(Activity left) {
        clock.cancelAll();
        activity = left;
        pid = 0;
        running = "";
    }

    @Override
    public void start(List<String> stopped) throws UpdateFailure.Service {
        change("start", () -> {
            boolean ran = activity == Activity.RUNNING || activity == Activity.STARTING;
            if (ran) {
                found.found();
            } else {
                found.made(Optional.empty());
            }
            if (!later && !ran) {
                run();
            }
        });
    }

    private void run() {
        try {
            if (!Files.isRegularFile(program, LinkOption.NOFOLLOW_LINKS)) {
                activity = Activity.FAILED;
                return;
            }
            running = Files.readString(program, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pid = ++pids;
        outdated = Optional.empty();
        startedBy = loaded;
        activity = running.startsWith("new") ? afterStart : Activity.RUNNING;
        perform(onStart);
    }

    private static void perform(Deed deed) {
        try {
            deed.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void startDependents(List<String> services) throws UpdateFailure.Service {
        change("startDependents", () -> {});
    }

    @Override
    public void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure.Refused {
        Optional<String> because = staged.isPresent() ? unmended : broken;
        if (because.isPresent()) {
            throw new UpdateFailure.Refused(RefusalCode.SERVICE_BROKEN, because.get(), "Mend it");
        }
    }

    @Override
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        look("compareDefinition");
        return switch (shipsNone ? Definition.NONE : definition) {
            case NONE -> new DefinitionChange.None();
            case OPAQUE ->
                settings.equals(newSettings)
                        ? new DefinitionChange.None()
                        : new DefinitionChange.Configure(settings, newSettings);
            case OUTSIDE, OUTSIDE_FIRST, IN_HOME ->
                new DefinitionChange.ReplaceFile(
                        definitionFile,
                        Bytes.of(newDefinition.getBytes(StandardCharsets.UTF_8)),
                        0644,
                        definition != Definition.OUTSIDE,
                        packaged);
        };
    }

    @Override
    public void reload() throws UpdateFailure.Service {
        change("reload", this::load);
    }

    private void load() {
        try {
            loaded = Files.exists(definitionFile) ? Files.readString(definitionFile) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void configure(String text) throws UpdateFailure.Service {
        change("configure " + text, () -> settings = text);
    }

    @Override
    public DefinitionChange takeBack(DefinitionChange.Configure made) {
        return settings.equals(made.after())
                ? new DefinitionChange.Configure(settings, made.before())
                : new DefinitionChange.None();
    }

    @Override
    public void relabel(List<Path> placed) throws UpdateFailure.Service {
        change("relabel", () -> {});
    }

    @Override
    public Guard guard() {
        return this;
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        change("arm", () -> {
            armed = true;
            perform(onArm);
            guardCommand = List.copyOf(command);
        });
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        change("disarm", () -> armed = false);
    }

    @Override
    public boolean armed() {
        return armed;
    }
}
