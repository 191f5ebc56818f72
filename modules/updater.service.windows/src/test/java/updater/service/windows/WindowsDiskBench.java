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
import updater.api.conformance.ProductEdit;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.service.windows.FakeService.Script;
import updater.testkit.PlainHostFiles;

/** The services and tasks of a Windows whose files are in a directory of this host, for whole updates. */
final class WindowsDiskBench extends FakeManagerBench {
    private static final String DEFINITION = "install/windows_service.json";

    private final Path root;
    private final PlainHostFiles files = new PlainHostFiles();
    private final CalledCommands called;
    private String running = "";

    WindowsDiskBench(Path root) throws IOException {
        super(
                new HomeLayout(
                        Files.createDirectory(root.resolve("home")),
                        Files.createDirectory(root.resolve("ProgramData"))),
                "agent",
                root.toString());
        this.root = root;
        this.called = new CalledCommands(new FakeScheduler(files, Files.createDirectory(root.resolve("System32"))));
        Files.createDirectories(staged().resolve(DEFINITION).getParent());
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
        ServiceSpec spec = ProductEdit.spec(AGENT, DEFINITION, Optional.empty());
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
    public void agent(Agent behaviour) {
        throw new UnsupportedOperationException("its program says how it behaves");
    }

    /** A call that was given up may have opened a handle, which goes with the updater's process. */
    @Override
    public void close() {
        // Nothing of it is outside of its directory.
    }
}
