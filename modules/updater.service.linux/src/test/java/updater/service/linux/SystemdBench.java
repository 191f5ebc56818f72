package updater.service.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.conformance.ServiceBench;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.testkit.PlainHostFiles;

/**
 * A systemd of one agent, its guard and a dependent: it answers {@code systemctl} from a table of units and moves them
 * as systemd 252 was seen to. Processes are directories below {@code proc}, and take no time.
 */
final class SystemdBench implements ServiceBench {
    private static final String AGENT = "agent.service";
    private static final String DEPENDENT = "dependent.service";
    private static final String TIMER = "probe-updater-guard.timer";
    private static final String TIMED = "probe-updater-guard.service";
    private static final String BOOT = "probe-updater-recover.service";
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
    private static final int START_LIMIT = 5;

    private final Path root;
    private final Path home;
    private final FakeSystemd systemd = new FakeSystemd();
    private final PlainHostFiles files = new PlainHostFiles();
    private final ManualTicker clock = new ManualTicker();
    private final FakeProc proc;
    private Agent behaviour = Agent.HEALTHY;
    private Agent running = Agent.HEALTHY;
    private int lastPid = 100;
    private int pid;
    private int restarts;
    private int starts;
    private boolean hangs;
    private String program = "";
    private String loaded;

    SystemdBench(Path root) throws IOException {
        this.root = root;
        this.home = root.resolve("opt/agent");
        Files.createDirectories(staged().resolve("install"));
        proc = FakeProc.in(root);
        Path updater = Files.createDirectories(root.resolve("proc").resolve(Long.toString(Contexts.PID)));
        Files.writeString(updater.resolve("cgroup"), "0::/user.slice\n");
        Files.createDirectories(root.resolve("usr/lib/systemd/system"));
        Files.createDirectories(units().resolve("multi-user.target.wants"));
        Files.writeString(definition(), "[Service]\nold\n");
        loaded = Files.readString(definition());
        systemd.unit(
                AGENT,
                "LoadState=loaded",
                "UnitFileState=enabled",
                "FragmentPath=/usr/lib/systemd/system/agent.service",
                "KillMode=control-group",
                "WantedBy=multi-user.target",
                "TimeoutStopUSec=20s");
        rest("inactive", "dead", "success");
        systemd.beforeShow =
                () -> systemd.unit(AGENT, "NeedDaemonReload=" + (loaded.equals(definitionInPlace()) ? "no" : "yes"));
        systemd.on("start", this::start)
                .on("stop", this::stop)
                .on("daemon-reload", arguments -> reload())
                .on("reset-failed", this::resetFailed);
        forget(TIMER);
        forget(TIMED);
        forget(BOOT);
    }

    private Path units() {
        return root.resolve("etc/systemd/system");
    }

    @Override
    public Path definition() {
        return root.resolve("usr/lib/systemd/system/agent.service");
    }

    private void forget(String unit) {
        systemd.unit(unit, "LoadState=not-found", "ActiveState=inactive", "SubState=dead");
    }

    private void rest(String active, String sub, String result) {
        systemd.unit(AGENT, "ActiveState=" + active, "SubState=" + sub, "Result=" + result, "Job=", "MainPID=0");
        systemd.unit(AGENT, "ControlGroup=", "NRestarts=" + restarts);
        pid = 0;
        program = "";
    }

    private void launch() {
        pid = ++lastPid;
        program = programInPlace();
        running = behaviour;
        process(pid, true);
        systemd.unit(AGENT, "ActiveState=active", "SubState=running", "Result=success", "Job=", "MainPID=" + pid);
        systemd.unit(AGENT, "InactiveExitTimestampMonotonic=" + System.nanoTime() / 1000);
        systemd.unit(AGENT, "ControlGroup=/system.slice/agent.service", "NRestarts=" + restarts);
    }

    private void process(int number, boolean alive) {
        try {
            if (alive) {
                proc.add(Integer.toString(number));
            } else {
                proc.remove(Integer.toString(number));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result start(List<String> arguments) throws UpdateFailure.Service {
        answer();
        for (String unit : arguments.subList(arguments.indexOf("--") + 1, arguments.size())) {
            if (unit.equals(AGENT)) {
                if (pid == 0 && !startAgent()) {
                    return FakeSystemd.failed(1, "Job for agent.service failed.");
                }
            } else if (unit.equals(TIMER) && !Files.exists(units().resolve(TIMER))) {
                return FakeSystemd.failed(5, "Failed to start " + TIMER + ": Unit not found.");
            } else {
                systemd.unit(unit, "LoadState=loaded", "ActiveState=active");
            }
        }
        return FakeSystemd.DONE;
    }

    private String programInPlace() {
        return text(home.resolve("agent"));
    }

    private String definitionInPlace() {
        return text(definition());
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** After five starts that came to nothing a unit is not started any more until its failures are reset. */
    private boolean startAgent() {
        if (starts >= START_LIMIT) {
            rest("failed", "failed", "start-limit-hit");
            return false;
        }
        starts++;
        switch (programInPlace().startsWith("ends") ? Agent.ENDS_AT_ONCE : behaviour) {
            case HEALTHY, SLOW_TO_END, IGNORES_TERMINATION -> launch();
            case ENDS_AT_ONCE -> {
                restarts++;
                rest("activating", "auto-restart", "exit-code");
            }
            case MISSING -> rest("failed", "failed", "exit-code");
        }
        return true;
    }

    private Result stop(List<String> arguments) throws UpdateFailure.Service {
        answer();
        for (String unit : arguments.subList(arguments.indexOf("--") + 1, arguments.size())) {
            if (unit.equals(AGENT)) {
                stopAgent();
            } else {
                systemd.unit(unit, "ActiveState=inactive");
                if (!Files.exists(units().resolve(unit))) {
                    forget(unit);
                }
            }
        }
        return FakeSystemd.DONE;
    }

    private void stopAgent() {
        boolean killed = pid != 0 && running == Agent.IGNORES_TERMINATION;
        if (killed) {
            clock.pause(STOP_TIMEOUT);
        } else if (pid != 0 && running == Agent.SLOW_TO_END) {
            clock.pause(Duration.ofMillis(200));
        }
        process(pid, false);
        rest(killed ? "failed" : "inactive", killed ? "failed" : "dead", killed ? "timeout" : "success");
        systemd.unit(DEPENDENT, "ActiveState=inactive");
    }

    private Result resetFailed(List<String> arguments) {
        if (arguments.contains(AGENT)) {
            starts = 0;
            restarts = 0;
        }
        return FakeSystemd.DONE;
    }

    /** Units whose files are new are known from now on, those whose files are gone no longer. */
    private Result reload() throws UpdateFailure.Service {
        answer();
        loaded = definitionInPlace();
        boolean wanted = Files.isSymbolicLink(units().resolve("multi-user.target.wants/" + BOOT));
        if (wanted && Files.exists(units().resolve(BOOT))) {
            systemd.unit(BOOT, "LoadState=loaded", "ActiveState=inactive");
        } else {
            forget(BOOT);
        }
        return FakeSystemd.DONE;
    }

    private void answer() throws UpdateFailure.Service {
        if (hangs) {
            throw new UpdateFailure.Service("did not end within 20 s", "");
        }
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.DISABLE, Ability.DEPENDENTS, Ability.HANG, Ability.INVALID_DEFINITION, Ability.REBOOT);
    }

    @Override
    public ServiceManagerProvider provider() {
        return new SystemdProvider(root);
    }

    @Override
    public ServiceManager open() {
        return provider().open(Contexts.context("agent", home, systemd, files, clock, Contexts.PID));
    }

    @Override
    public ServiceManager open(UnaryOperator<Commands> commands) {
        return provider().open(Contexts.context("agent", home, commands.apply(systemd), files, clock, Contexts.PID));
    }

    @Override
    public String running() {
        return program;
    }

    @Override
    public String loaded() {
        return loaded;
    }

    @Override
    public String name() {
        return "agent";
    }

    @Override
    public Ticker clock() {
        return clock;
    }

    @Override
    public Path staged() {
        return home.resolve("tmp/latest");
    }

    @Override
    public void agent(Agent next) {
        behaviour = next;
    }

    @Override
    public void crash() {
        process(pid, false);
        restarts++;
        rest("activating", "auto-restart", "signal");
    }

    @Override
    public int processes() throws IOException {
        return proc.count();
    }

    @Override
    public void uninstall() throws IOException {
        Files.delete(definition());
        systemd.unit(AGENT, "LoadState=not-found", "UnitFileState=", "FragmentPath=");
    }

    @Override
    public void disable() {
        systemd.unit(AGENT, "UnitFileState=disabled");
    }

    @Override
    public void stage(Definition kind) throws IOException {
        Path file = staged().resolve("install/agent.service");
        switch (kind) {
            case NONE -> Files.deleteIfExists(file);
            case SAME -> Files.copy(definition(), file);
            case CHANGED -> Files.writeString(file, "[Service]\nnew\n");
            case INVALID -> Files.writeString(file, "");
        }
    }

    @Override
    public Set<String> traces() throws Exception {
        Set<String> traces = new TreeSet<>();
        for (String place : List.of("etc", "usr", "run", "var")) {
            if (Files.exists(root.resolve(place))) {
                traces.addAll(tree(root.resolve(place)));
            }
        }
        for (String unit : List.of(TIMER, TIMED, BOOT)) {
            UnitProperties state = new Systemctl(systemd, clock).show(List.of("LoadState", "ActiveState"), unit);
            if (!state.is("LoadState", "not-found") || state.active()) {
                traces.add(unit + " " + state.values());
            }
        }
        return traces;
    }

    private static Set<String> tree(Path top) throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> tree = Files.walk(top)) {
            for (Path path : tree.toList()) {
                found.add(path
                        + (Files.isSymbolicLink(path)
                                ? " -> " + Files.readSymbolicLink(path)
                                : Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                                        ? "=" + Files.readString(path, StandardCharsets.ISO_8859_1)
                                        : ""));
            }
        }
        return found;
    }

    @Override
    public String addDependent() {
        systemd.unit(AGENT, "RequiredBy=" + DEPENDENT).unit(DEPENDENT, "LoadState=loaded", "ActiveState=active");
        return DEPENDENT;
    }

    @Override
    public boolean dependentRuns(String name) throws UpdateFailure.Service {
        return new Systemctl(systemd, clock).show(List.of("ActiveState"), name).active();
    }

    @Override
    public void hang() {
        hangs = true;
    }

    @Override
    public void reboot() throws Exception {
        process(pid, false);
        rest("inactive", "dead", "success");
        forget(TIMER);
        forget(TIMED);
        reload();
        if (Files.exists(units().resolve(BOOT))) {
            systemd.unit(TIMER, "LoadState=loaded", "ActiveState=active");
        }
    }

    @Override
    public void close() {}
}
