package updater.service.windows;

import com.github.marschall.memoryfilesystem.MemoryFileSystemBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.service.windows.FakeService.Script;

/** A Windows of one agent and a dependent, with a file system of its own. Its clock stands still but for pauses. */
final class WindowsBench extends FakeManagerBench {
    static final String INSTALLED =
            "\"C:\\Program Files\\Agent\\agent.exe\" --config \"C:\\Program Files\\Agent\\c.yaml\"";

    final MapHostFiles files = new MapHostFiles();
    final FileSystem windows = layout.home().getFileSystem();
    final FakeScheduler scheduler = new FakeScheduler(files, windows.getPath("D:\\Windows\\System32"));

    WindowsBench() throws IOException {
        this(MemoryFileSystemBuilder.newWindows().build());
    }

    private WindowsBench(FileSystem windows) {
        super(
                new HomeLayout(
                        windows.getPath("C:\\Program Files\\Agent"), windows.getPath("C:\\ProgramData\\probe-updater")),
                "agent.exe",
                "D:\\Windows");
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(
                Ability.DISABLED_IS_REFUSED,
                Ability.DEPENDENTS,
                Ability.HANG,
                Ability.INVALID_DEFINITION,
                Ability.REBOOT);
    }

    @Override
    public ServiceManagerProvider provider() {
        return new WindowsProvider(() -> BoundedServiceControl.of(control, Duration.ofSeconds(1)), control.processes());
    }

    @Override
    public ServiceManager open() {
        ServiceSpec spec = ProductEdit.spec(AGENT, "install/windows_service.json", Optional.empty());
        Product product =
                ProductEdit.agent().name("probe").service("windows", spec).product();
        return provider().open(new ServiceContext(product, spec, layout, scheduler, files, clock, 4242));
    }

    @Override
    public void agent(Agent behaviour) {
        agent.script = switch (behaviour) {
            case HEALTHY -> Script.WELL.startTime(Duration.ofMillis(100)).linger(Duration.ofMillis(30));
            case SLOW_TO_END -> Script.WELL.stopTime(Duration.ofSeconds(2)).linger(Duration.ofMillis(300));
            case IGNORES_TERMINATION -> Script.WELL.stopTime(Script.NEVER);
            case ENDS_AT_ONCE -> Script.WELL.ending();
            case MISSING -> Script.WELL.withoutProgram();
        };
    }

    @Override
    public void disable() {
        agent.config = new ServiceControl.Config(
                0x10, 4, 1, INSTALLED, "", 0, List.of(), "LocalSystem", agent.config.displayName());
    }

    @Override
    public void stage(Definition definition) {
        Path file = staged().resolve("install/windows_service.json");
        String arguments = "--config &quot;[INSTALLDIR]c.yaml&quot;";
        switch (definition) {
            case NONE -> files.delete(file);
            case SAME -> {
                stage(file, arguments);
                agent.failureActions = new ServiceControl.FailureActions(
                        2_592_000, "", "", java.util.Collections.nCopies(3, new ServiceControl.Action(1, 5_000)));
                agent.description = "An agent";
            }
            case CHANGED -> stage(file, arguments + " --new &quot;two words&quot;");
            case INVALID -> files.files.put(file, "{\"path\": \"agent.exe\"}".getBytes(StandardCharsets.UTF_8));
        }
    }

    private void stage(Path file, String arguments) {
        files.files.put(file, definition("agent.exe", arguments).getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the text of a definition of the agent's service. */
    static String definition(String program, String arguments) {
        return """
                {"path": "%s", "service": {"name": "agent", "start": "auto", "display-name": "Display of agent",
                 "description": "An agent", "arguments": "%s"}}
                """.formatted(program, arguments);
    }

    @Override
    public Set<String> traces() {
        Set<String> traces = new TreeSet<>();
        files.files.forEach((path, bytes) -> {
            if (!path.startsWith(layout.home())) {
                traces.add(path + "=" + new String(bytes, StandardCharsets.ISO_8859_1));
            }
        });
        for (FakeService service : control.services()) {
            traces.add(service.name + " " + service.config + service.description + service.delayed
                    + service.failureActions + service.actionsOnError);
        }
        return traces;
    }

    @Override
    public String addDependent() throws Exception {
        control.install("dependent", "\"C:\\dependent.exe\"", AGENT).start();
        return "dependent";
    }

    @Override
    public boolean dependentRuns(String name) throws Exception {
        return control.service(name).status().state() == ServiceControl.RunState.RUNNING;
    }

    /** Every test of a bench also proves that no handle is left open. */
    @Override
    public void close() throws IOException {
        windows.close();
        control.answer();
        if (!control.hung() && control.openHandles() != 0) {
            throw new AssertionError(control.openHandles() + " handles were left open");
        }
    }
}
