package updater.service.macos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.conformance.ProductEdit;
import updater.api.conformance.ServiceBench;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.service.macos.VirtualProcesses.Behaviour;
import updater.service.macos.fake.FakeLaunchd;
import updater.testkit.PlainHostFiles;

/** A host with launchd on which neither time nor processes are real, and only files are. */
final class VirtualMac implements Commands {
    static final String LABEL = "com.example.agent";
    static final long UPDATER = 4242;

    /** What one call of a command takes. */
    private static final Duration CALL = Duration.ofMillis(5);

    final Path root;
    final Path home;
    final ManualTicker clock = new ManualTicker();
    final VirtualProcesses processes = new VirtualProcesses(clock);
    final PlainHostFiles files = new PlainHostFiles();
    final FakeLaunchd launchd;
    final List<List<String>> xattrCalls = new ArrayList<>();
    Result xattrResult = new Result(0, "", "");
    List<String> missing = List.of();

    VirtualMac(Path root) throws IOException {
        this.root = root;
        this.home = Files.createDirectories(root.resolve("opt/agent & co"));
        Files.createDirectories(root.resolve("Library/LaunchDaemons"));
        Files.createDirectories(state());
        launchd = new FakeLaunchd(root, clock, processes);
        clock.onPause = launchd::tick;
        processes.program(agent(), Behaviour.HEALTHY);
        processes.program("/bin/sh", Behaviour.endsAfter(Duration.ofMillis(50), 0));
    }

    Path state() {
        return root.resolve("state");
    }

    String agent() {
        return home + "/agent";
    }

    Path plist() {
        return root.resolve("Library/LaunchDaemons/" + LABEL + ".plist");
    }

    Path guardPlist() {
        return root.resolve("Library/LaunchDaemons/probe-updater-guard.plist");
    }

    /** Returns a property list of the agent. */
    String definition(String more) {
        return definition(agent().replace("&", "&amp;"), more);
    }

    /** Stages a definition of the agent's service; one that is invalid is what a bench calls so. */
    static void stage(Path staged, ServiceBench.Definition definition, String invalid) throws IOException {
        Path file = staged.resolve("install/agent.plist");
        switch (definition) {
            case NONE -> Files.deleteIfExists(file);
            case SAME -> Files.writeString(file, definition("[INSTALLDIR]agent", ""));
            case CHANGED ->
                Files.writeString(file, definition("[INSTALLDIR]agent", "<key>Umask</key><integer>27</integer>\n"));
            case INVALID -> Files.writeString(file, invalid);
        }
    }

    static String definition(String program, String more) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                <dict>
                  <key>Label</key><string>com.example.agent</string>
                  <key>ProgramArguments</key><array><string>%s</string></array>
                  <key>RunAtLoad</key><true/>
                  <key>KeepAlive</key><true/>
                %s</dict>
                </plist>
                """.formatted(program, more);
    }

    void install(String content) throws IOException {
        files.write(plist(), content.getBytes(java.nio.charset.StandardCharsets.UTF_8), 0644);
    }

    ServiceContext context() {
        return context(this);
    }

    private ServiceContext context(Commands commands) {
        ServiceSpec spec = ProductEdit.spec(
                LABEL, "install/agent.plist", Optional.of("/Library/LaunchDaemons/" + LABEL + ".plist"));
        Product product =
                ProductEdit.agent().name("probe").service("launchd", spec).product();
        return new ServiceContext(product, spec, new HomeLayout(home, state()), commands, files, clock, UPDATER);
    }

    ServiceManager open() {
        return open(commands -> commands);
    }

    ServiceManager open(UnaryOperator<Commands> commands) {
        return new Launchd(context(commands.apply(this)), root, processes, processes);
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream()
                .filter(path -> !missing.contains(path.getFileName().toString()))
                .findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        clock.pause(CALL);
        String command = Path.of(argv.getFirst()).getFileName().toString();
        if (command.equals("xattr")) {
            xattrCalls.add(argv.subList(1, argv.size()));
            return xattrResult;
        }
        Optional<Result> result = launchd.launchctl(argv.subList(1, argv.size()));
        if (result.isEmpty()) {
            clock.pause(bound);
            throw new UpdateFailure.Service("'" + command + "' did not end", "It was killed");
        }
        return result.get();
    }

    @Override
    public long startDetached(
            List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
        throw new UnsupportedOperationException("launchd starts what there is to start");
    }
}
