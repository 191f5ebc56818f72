package updater.service.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import updater.api.Ticker;
import updater.api.conformance.LeapingTicker;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ShellAgent;
import updater.api.service.Commands;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/** An agent in a temporary home, run as a process of this host. */
final class ProcessBench implements ServiceBench {
    private static final String STOPS_SOON = "stop-timeout-ms = 300";

    private final TestHost host;
    private final Ticker clock = new LeapingTicker();
    private boolean readyFile;

    ProcessBench(Path directory) throws IOException {
        host = new TestHost(directory);
        agent(Agent.HEALTHY);
        Files.createDirectories(staged().resolve("install"));
        Files.createDirectories(host.home.resolve("log"));
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.INVALID_DEFINITION, Ability.GUARD_RUNS);
    }

    @Override
    public ServiceManagerProvider provider() {
        return new ProcessProvider();
    }

    @Override
    public ServiceManager open() {
        return host.service(host.commands, clock);
    }

    @Override
    public ServiceManager open(UnaryOperator<Commands> commands) {
        return host.service(commands.apply(host.commands), clock);
    }

    @Override
    public String program(String name) {
        return ShellAgent.program(name, "");
    }

    @Override
    public String running() throws IOException {
        return ShellAgent.running(host.home, this::processes);
    }

    @Override
    public Path definition() {
        return host.home.resolve("agent.process");
    }

    @Override
    public String loaded() throws IOException {
        return Files.readString(definition());
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
        return host.layout.staged();
    }

    @Override
    public void agent(Agent behaviour) throws IOException {
        readyFile = behaviour == Agent.IGNORES_TERMINATION || behaviour == Agent.SLOW_TO_END;
        Files.deleteIfExists(ready());
        host.installAgent(
                switch (behaviour) {
                    case HEALTHY, MISSING -> "exec sleep 300\n";
                    case SLOW_TO_END -> "trap 'sleep 0.2; exit' TERM\n: >log/ready\nwhile :; do sleep 0.01; done\n";
                    case IGNORES_TERMINATION -> "trap '' TERM\n: >log/ready\nwhile :; do sleep 300; done\n";
                    case ENDS_AT_ONCE -> "exit 1\n";
                },
                STOPS_SOON);
        if (behaviour == Agent.MISSING) {
            Files.delete(host.home.resolve("agent"));
        }
    }

    private Path ready() {
        return host.home.resolve("log/ready");
    }

    @Override
    public void awaitReady() throws Exception {
        host.await(() -> !readyFile || Files.exists(ready()));
    }

    @Override
    public void crash() throws Exception {
        long pid = host.recordedPid();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        host.await(() -> !host.lives(pid));
    }

    @Override
    public int processes() {
        return (int) host.commands.started.stream()
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .filter(process -> host.lives(process.pid()))
                .filter(process -> !process.info().commandLine().orElse("").contains("guard"))
                .count();
    }

    @Override
    public void uninstall() throws IOException {
        Files.delete(definition());
    }

    @Override
    public void stage(Definition definition) throws IOException {
        Path file = staged().resolve("install/agent.process");
        switch (definition) {
            case NONE -> Files.deleteIfExists(file);
            case SAME -> Files.writeString(file, TestHost.definition(STOPS_SOON));
            case CHANGED -> Files.writeString(file, TestHost.definition(STOPS_SOON, "environment.NEW = 1"));
            case INVALID -> Files.writeString(file, "no definition\n");
        }
    }

    /** The definition, the state directory, and whether there are loops: all that this provider may touch. */
    @Override
    public Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (Path path : stateFiles()) {
            traces.add(path
                    + (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                            ? "=" + Files.readString(path, StandardCharsets.ISO_8859_1)
                            : ""));
        }
        traces.add(definition() + "=" + Files.readString(definition()));
        host.commands.started.stream()
                .filter(process -> host.lives(process.pid()))
                .filter(process -> process.info().commandLine().orElse("").contains("guard"))
                .forEach(process -> traces.add("loop " + process.pid()));
        return traces;
    }

    private List<Path> stateFiles() throws IOException {
        if (!Files.exists(host.layout.state())) {
            return List.of();
        }
        try (Stream<Path> tree = Files.walk(host.layout.state())) {
            return tree.toList();
        }
    }

    @Override
    public void passGuardPeriod() {
        LockSupport.parkNanos(TestHost.GUARD_PERIOD.multipliedBy(2).toNanos());
    }

    @Override
    public void close() {
        host.close();
    }
}
