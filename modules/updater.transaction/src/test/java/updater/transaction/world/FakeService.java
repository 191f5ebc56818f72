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
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

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
    private long pids = 100;

    public Deed onStop = NOTHING;
    public Deed onFirstStop = NOTHING;
    public Deed onStart = NOTHING;
    public Activity activity = Activity.INACTIVE;
    Activity afterStart = Activity.RUNNING;
    public long pid;
    public long restarts;
    public String running = "";
    public String enablement = "enabled";
    String settings = "old settings";
    String newSettings = "new settings";
    public String loaded = "";
    public boolean armed;
    List<String> guardCommand = List.of();
    public Optional<String> sandbox = Optional.empty();
    public Optional<String> kills = Optional.empty();
    public boolean failuresHaveEffect;
    private boolean stopped;

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

    /** Lets every call of this name fail from now on. */
    public void fail(String call) {
        failing.add(call);
    }

    public void mend() {
        failing.clear();
    }

    /** Starts without an updater, as the host does. */
    public void boot() {
        run();
        load();
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
        return new ServiceState(activity, pid, restarts, "fake");
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
    public void start() throws UpdateFailure.Service {
        change("start", () -> {
            if (activity != Activity.RUNNING && activity != Activity.STARTING) {
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
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        look("compareDefinition");
        return switch (definition) {
            case NONE -> new DefinitionChange.None();
            case OPAQUE ->
                settings.equals(newSettings)
                        ? new DefinitionChange.None()
                        : new DefinitionChange.Configure(settings, newSettings);
            case OUTSIDE, IN_HOME ->
                new DefinitionChange.ReplaceFile(
                        definitionFile, Bytes.of("new unit".getBytes(StandardCharsets.UTF_8)), 0644);
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
