package updater.service.macos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import updater.api.Ticker;
import updater.api.conformance.ServiceBench;
import updater.api.service.Commands;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.service.macos.VirtualProcesses.Behaviour;

/** An agent under a launchd for which neither time nor processes are real. */
final class VirtualBench implements ServiceBench {
    private final VirtualMac mac;
    private String program = "";

    VirtualBench(Path root) throws IOException {
        mac = new VirtualMac(root);
        Files.createDirectories(staged().resolve("install"));
        mac.install(mac.definition(""));
        mac.processes.beforeStart = this::start;
    }

    private Behaviour start(String path, Behaviour behaviour) {
        Path file = mac.home.resolve("agent");
        if (!path.equals(mac.agent()) || !Files.exists(file)) {
            return behaviour;
        }
        try {
            program = Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return program.startsWith("ends") ? Behaviour.endsAfter(Duration.ofMillis(3), 1) : behaviour;
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.DISABLED_IS_REFUSED, Ability.HANG, Ability.INVALID_DEFINITION, Ability.REBOOT);
    }

    @Override
    public ServiceManagerProvider provider() {
        return new LaunchdProvider(mac.root);
    }

    @Override
    public ServiceManager open() {
        return mac.open();
    }

    @Override
    public ServiceManager open(UnaryOperator<Commands> commands) {
        return mac.open(commands);
    }

    @Override
    public String running() {
        return mac.processes.of(mac.agent()).isEmpty() ? "" : program;
    }

    @Override
    public String loaded() {
        return mac.launchd.definition(VirtualMac.LABEL);
    }

    @Override
    public Path definition() {
        return mac.plist();
    }

    @Override
    public String name() {
        return VirtualMac.LABEL;
    }

    @Override
    public Ticker clock() {
        return mac.clock;
    }

    @Override
    public Path staged() {
        return mac.home.resolve("tmp/latest");
    }

    @Override
    public void agent(Agent behaviour) {
        switch (behaviour) {
            case HEALTHY -> mac.processes.program(mac.agent(), Behaviour.HEALTHY);
            case SLOW_TO_END -> mac.processes.program(mac.agent(), Behaviour.endsSlowly(Duration.ofMillis(700)));
            case IGNORES_TERMINATION -> mac.processes.program(mac.agent(), Behaviour.endsNever());
            case ENDS_AT_ONCE -> mac.processes.program(mac.agent(), Behaviour.endsAfter(Duration.ofMillis(3), 1));
            case MISSING -> mac.processes.removeProgram(mac.agent());
        }
    }

    @Override
    public void crash() {
        mac.processes.of(mac.agent()).forEach(VirtualProcesses.Running::kill);
        mac.launchd.tick();
    }

    @Override
    public int processes() {
        return mac.processes.of(mac.agent()).size();
    }

    @Override
    public void uninstall() throws IOException {
        Files.delete(mac.plist());
    }

    @Override
    public void disable() {
        mac.launchd.setDisabled(VirtualMac.LABEL, true);
    }

    @Override
    public void stage(Definition definition) throws IOException {
        VirtualMac.stage(staged(), definition, "[Service]\n");
    }

    /** Property lists, what is disabled, what the provider keeps, and which jobs but the agent are loaded. */
    @Override
    public Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (String directory : Set.of("Library", "private", "state")) {
            if (Files.exists(mac.root.resolve(directory))) {
                try (Stream<Path> tree = Files.walk(mac.root.resolve(directory))) {
                    for (Path path : tree.filter(Files::isRegularFile).toList()) {
                        traces.add(path + "=" + Files.readString(path, StandardCharsets.ISO_8859_1));
                    }
                }
            }
        }
        if (mac.launchd.loaded("probe-updater-guard")) {
            traces.add("guard loaded");
        }
        return traces;
    }

    @Override
    public void hang() {
        mac.launchd.quirks.hanging.addAll(Set.of("print", "bootout", "bootstrap", "kickstart"));
    }

    @Override
    public void reboot() {
        mac.launchd.powerOff();
        mac.launchd.boot();
    }

    @Override
    public void close() {
        // Nothing is real but files.
    }
}
