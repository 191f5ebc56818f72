package updater.service.windows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Ticker;
import updater.api.conformance.ManualTicker;
import updater.api.conformance.ProductEdit;
import updater.api.conformance.ServiceBench;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.service.windows.FakeService.Script;
import updater.testkit.PlainHostFiles;

/** The services and tasks of a Windows whose files are in a directory of this host, for whole updates. */
final class WindowsDiskBench implements ServiceBench {
    private static final String DEFINITION = "install/windows_service.json";

    private final Path root;
    private final HomeLayout layout;
    private final ManualTicker clock = new ManualTicker();
    private final FakeServiceControl control = new FakeServiceControl(clock);
    private final PlainHostFiles files = new PlainHostFiles();
    private final CalledCommands called;
    private final FakeService agent;
    private String running = "";

    WindowsDiskBench(Path root) throws IOException {
        this.root = root;
        this.layout = new HomeLayout(
                Files.createDirectory(root.resolve("home")), Files.createDirectory(root.resolve("ProgramData")));
        this.called = new CalledCommands(new FakeScheduler(files, Files.createDirectory(root.resolve("System32"))));
        Files.createDirectories(staged().resolve(DEFINITION).getParent());
        control.registry.put("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SystemRoot", root.toString());
        this.agent = control.install(
                WindowsBench.AGENT,
                "\"" + layout.installDir() + "agent\" --config \"" + layout.installDir() + "c.yaml\"");
        agent.onLaunch = this::launched;
    }

    private void launched() {
        try {
            running = Files.readString(layout.home().resolve("agent"));
            agent.script = running.startsWith("ends") ? Script.WELL.ending() : Script.WELL;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of();
    }

    @Override
    public ServiceManagerProvider provider() {
        return new WindowsProvider(() -> control, control.processes());
    }

    @Override
    public ServiceManager open() {
        return open(same -> same);
    }

    @Override
    public ServiceManager open(UnaryOperator<Commands> commands) {
        Commands disturbed = commands.apply(called);
        ServiceSpec spec = ProductEdit.spec(WindowsBench.AGENT, DEFINITION, Optional.empty());
        Product product =
                ProductEdit.agent().name("probe").service("windows", spec).product();
        return new WindowsProvider(() -> called.around(control, disturbed), control.processes())
                .open(new ServiceContext(product, spec, layout, disturbed, files, clock, 4242));
    }

    @Override
    public String running() {
        return agent.livingProcesses() == 0 ? "" : running;
    }

    @Override
    public String loaded() {
        return agent.config + agent.description + agent.delayed + agent.failureActions + agent.actionsOnError;
    }

    /** Returns a file with what the registry has just now. */
    @Override
    public Path definition() {
        try {
            return Files.writeString(root.resolve("registry"), loaded());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return WindowsBench.AGENT;
    }

    @Override
    public Ticker clock() {
        return clock;
    }

    @Override
    public Path staged() {
        return layout.staged();
    }

    @Override
    public void stage(Definition definition) throws IOException {
        Files.writeString(
                staged().resolve(DEFINITION),
                WindowsBench.definition(
                        "agent", "--config &quot;[INSTALLDIR]c.yaml&quot; --new &quot;two words&quot;"));
    }

    @Override
    public Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (String place : new String[] {"ProgramData", "System32"}) {
            try (Stream<Path> tree = Files.walk(root.resolve(place))) {
                tree.filter(Files::isRegularFile).map(Path::toString).forEach(traces::add);
            }
        }
        return traces;
    }

    @Override
    public int processes() {
        return agent.livingProcesses();
    }

    @Override
    public void agent(Agent behaviour) {
        throw new UnsupportedOperationException("its program says how it behaves");
    }

    @Override
    public void crash() {
        agent.crash();
    }

    @Override
    public void uninstall() {
        control.uninstall(WindowsBench.AGENT);
    }

    @Override
    public void disable() {
        throw new UnsupportedOperationException("only the conformance suite needs it");
    }

    @Override
    public String addDependent() {
        throw new UnsupportedOperationException("only the conformance suite needs it");
    }

    @Override
    public boolean dependentRuns(String name) {
        throw new UnsupportedOperationException("only the conformance suite needs it");
    }

    @Override
    public void hang() {
        control.hang();
    }

    @Override
    public void reboot() {
        control.services().forEach(FakeService::reboot);
    }

    @Override
    public void passGuardPeriod() {
        throw new UnsupportedOperationException("nothing of Windows runs here");
    }

    /** A call that was given up may have opened a handle, which goes with the updater's process. */
    @Override
    public void close() {
        // Nothing of it is outside of its directory.
    }
}
