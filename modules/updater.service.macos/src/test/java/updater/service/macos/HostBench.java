package updater.service.macos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Ticker;
import updater.api.conformance.ProductEdit;
import updater.api.conformance.ServiceBench;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.service.macos.fake.FakeMac;
import updater.service.macos.fake.FastClock;
import updater.testkit.PlainHostFiles;

/** An agent that is a real process, under a launchd that is reached through its command. */
final class HostBench implements ServiceBench {
    private static final int TIMES_FASTER = 20;
    private static final Duration GUARD_PERIOD = Duration.ofSeconds(15).dividedBy(TIMES_FASTER);

    private final Path root;
    private final Path home;
    private final FakeMac mac;
    private final PlainHostFiles files = new PlainHostFiles();
    /** Tells its processes from those of others. */
    private final String sleep = "300." + System.nanoTime();

    private boolean readyFile;

    HostBench(Path root) throws Exception {
        this.root = root;
        this.home = Files.createDirectories(root.resolve("opt/agent"));
        this.mac = new FakeMac(root, new FastClock(TIMES_FASTER));
        Files.createDirectories(root.resolve("state"));
        Files.createDirectories(staged().resolve("install"));
        agent(Agent.HEALTHY);
        files.write(plist(), VirtualMac.definition(program(), "").getBytes(StandardCharsets.UTF_8), 0644);
    }

    private String program() {
        return home + "/agent";
    }

    private Path plist() {
        return root.resolve("Library/LaunchDaemons/" + VirtualMac.LABEL + ".plist");
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.DISABLED_IS_REFUSED, Ability.INVALID_DEFINITION, Ability.REBOOT, Ability.GUARD_RUNS);
    }

    @Override
    public ServiceManagerProvider provider() {
        return new LaunchdProvider(root);
    }

    @Override
    public ServiceManager open() {
        ServiceSpec spec = ProductEdit.spec(VirtualMac.LABEL, "install/agent.plist", Optional.empty());
        Product product =
                ProductEdit.agent().name("probe").service("launchd", spec).product();
        return new LaunchdProvider(root)
                .open(new ServiceContext(
                        product,
                        spec,
                        new HomeLayout(home, root.resolve("state")),
                        new RealCommands(),
                        files,
                        clock(),
                        ProcessHandle.current().pid()));
    }

    @Override
    public String name() {
        return VirtualMac.LABEL;
    }

    @Override
    public Ticker clock() {
        return new FastClock(1);
    }

    @Override
    public Path staged() {
        return home.resolve("tmp/latest");
    }

    /** In place of the old one, as a new file: this launchd, too, kills what was written over. */
    @Override
    public void agent(Agent behaviour) throws IOException {
        readyFile = behaviour == Agent.IGNORES_TERMINATION || behaviour == Agent.SLOW_TO_END;
        Files.deleteIfExists(ready());
        if (behaviour == Agent.MISSING) {
            Files.delete(Path.of(program()));
            return;
        }
        String script = switch (behaviour) {
            case HEALTHY, MISSING -> "exec sleep " + sleep + "\n";
            case SLOW_TO_END -> "trap 'sleep 0.1; exit' TERM\n: >ready\nwhile :; do sleep 0.01; done\n";
            case IGNORES_TERMINATION -> "trap '' TERM\n: >ready\nwhile :; do sleep " + sleep + "; done\n";
            case ENDS_AT_ONCE -> "exit 1\n";
        };
        files.write(
                Path.of(program()),
                ("#!/bin/sh\ncd '" + home + "' || exit 9\n" + script).getBytes(StandardCharsets.UTF_8),
                0755);
    }

    private Path ready() {
        return home.resolve("ready");
    }

    @Override
    public void awaitReady() throws Exception {
        await(() -> !readyFile || Files.exists(ready()));
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        Instant late = Instant.now().plusSeconds(20);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(late)) {
                throw new AssertionError("waited for too long");
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void crash() throws Exception {
        ProcessHandle agent = agents().findFirst().orElseThrow();
        agent.destroyForcibly();
        await(() -> agents().noneMatch(agent::equals));
    }

    private Stream<ProcessHandle> agents() {
        return ProcessHandle.allProcesses().filter(process -> {
            String line = process.info().commandLine().orElse("");
            return line.contains(program()) || line.contains("sleep " + sleep);
        });
    }

    @Override
    public int processes() {
        return (int) agents().count();
    }

    @Override
    public void uninstall() throws IOException {
        Files.delete(plist());
    }

    @Override
    public void disable() {
        mac.launchd().setDisabled(VirtualMac.LABEL, true);
    }

    @Override
    public void stage(Definition definition) throws IOException {
        VirtualMac.stage(staged(), definition, VirtualMac.definition("", "<string>no key</string>"));
    }

    @Override
    public Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (Path directory : List.of(plist().getParent(), root.resolve("state"))) {
            try (Stream<Path> tree = Files.list(directory)) {
                for (Path path : tree.toList()) {
                    traces.add(path + "=" + Files.readString(path, StandardCharsets.UTF_8));
                }
            }
        }
        if (mac.launchd().loaded("probe-updater-guard")) {
            traces.add("guard loaded");
        }
        return traces;
    }

    @Override
    public void reboot() {
        mac.launchd().powerOff();
        mac.launchd().boot();
    }

    @Override
    public void passGuardPeriod() throws Exception {
        clock().pause(GUARD_PERIOD);
    }

    @Override
    public void close() throws IOException {
        mac.close();
    }
}
