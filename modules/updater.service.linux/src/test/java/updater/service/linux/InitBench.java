package updater.service.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.Ticker;
import updater.api.conformance.LeapingTicker;
import updater.api.conformance.ProductEdit;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ShellAgent;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.processes.HostProcesses;
import updater.processes.Processes;
import updater.testkit.PlainHostFiles;

/**
 * A host with init scripts below a directory of its own: real scripts, real processes, and stand-ins for the commands of the
 * init system. The real ones are tested from {@code packaging}.
 */
abstract class InitBench implements ServiceBench {
    static final Duration GUARD_PERIOD = Duration.ofMillis(50);
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Where init and a provider may leave something on a whole host. */
    private static final List<String> REAL_PLACES = List.of(
            "etc/init.d",
            "etc/runlevels",
            "etc/rc0.d",
            "etc/rc1.d",
            "etc/rc2.d",
            "etc/rc3.d",
            "etc/rc4.d",
            "etc/rc5.d",
            "etc/rc6.d",
            "etc/rcS.d",
            "var/lib/agent-updater");

    final Path root;
    final Path home;
    final RootCommands commands;
    final PlainHostFiles files = new PlainHostFiles();
    private final Ticker clock = new LeapingTicker();
    private static final String TELLS_PID = "echo $$ >log/agent.pid.new && mv log/agent.pid.new log/agent.pid\n";

    private final Processes seen = new HostProcesses(Path.of("/proc"));
    private boolean tellsWhenReady;

    /** Whether this is a whole host, with its own init, that can be spoilt. */
    final boolean real;

    /** @param root {@code /} for a host that is there for this alone */
    InitBench(Path root) throws IOException {
        this.root = root;
        this.real = root.equals(Path.of("/"));
        this.home = root.resolve("opt/agent of mine");
        this.commands = new RootCommands(root);
        for (String directory : List.of("etc/init.d", "run", "usr/sbin", "sbin", "var/lib/agent-updater")) {
            Files.createDirectories(root.resolve(directory));
        }
        if (!real) {
            // What runs its scripts.
            Path shell = Files.createDirectories(root.resolve("bin")).resolve("sh");
            Files.createSymbolicLink(shell, Path.of("/bin/sh"));
        }
        Files.createDirectories(staged().resolve("install"));
        Files.createDirectories(home.resolve("log"));
        agent(Agent.HEALTHY);
        program(script(), scriptText(""));
    }

    /** Returns the text of the agent's init script, with a comment in it. */
    abstract String scriptText(String comment);

    abstract ServiceManager open(ServiceContext context);

    Path script() {
        return root.resolve("etc/init.d/agent");
    }

    Path state() {
        return root.resolve("var/lib/agent-updater");
    }

    static void program(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private ServiceContext context(Commands those) {
        ServiceSpec spec = ProductEdit.spec("agent", "install/agent", Optional.of("/etc/init.d/agent"));
        Product product = ProductEdit.agent()
                .service("sysv", spec)
                .service("openrc", spec)
                .product();
        return new ServiceContext(
                product,
                spec,
                new HomeLayout(home, state()),
                those,
                files,
                clock(),
                ProcessHandle.current().pid());
    }

    @Override
    public ServiceManager open() {
        return open(context());
    }

    final ServiceContext context() {
        return context(commands);
    }

    @Override
    public ServiceManager open(UnaryOperator<Commands> those) {
        return open(context(those.apply(commands)));
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
    public void agent(Agent behaviour) throws IOException {
        tellsWhenReady = behaviour == Agent.IGNORES_TERMINATION || behaviour == Agent.SLOW_TO_END;
        Files.deleteIfExists(home.resolve("log/ready"));
        Files.deleteIfExists(home.resolve("log/agent.pid"));
        String body = switch (behaviour) {
            case HEALTHY, MISSING, ENDS_AT_ONCE -> "";
            case SLOW_TO_END -> "trap 'sleep 0.3; exit' TERM\n: >log/ready\n";
            case IGNORES_TERMINATION -> "trap '' TERM\n: >log/ready\n";
        };
        String name = behaviour == Agent.ENDS_AT_ONCE ? "ends at once" : "agent";
        program(home.resolve("agent"), ShellAgent.program(name, TELLS_PID + body));
        if (behaviour == Agent.MISSING) {
            Files.delete(home.resolve("agent"));
        }
    }

    @Override
    public void awaitReady() {
        await(() -> Files.exists(home.resolve("log/agent.pid")));
        await(() -> !tellsWhenReady || Files.exists(home.resolve("log/ready")));
    }

    static void await(java.util.function.BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > SOON.toNanos()) {
                throw new AssertionError("did not happen within " + SOON);
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    long mainPid() throws IOException {
        return Long.parseLong(Files.readString(home.resolve("log/agent.pid")).strip());
    }

    @Override
    public String program(String name) {
        return ShellAgent.program(name, TELLS_PID);
    }

    @Override
    public String running() throws IOException {
        return ShellAgent.running(home, this::processes);
    }

    @Override
    public Path definition() {
        return script();
    }

    @Override
    public String loaded() throws IOException {
        return Files.readString(definition());
    }

    @Override
    public void crash() throws IOException {
        long pid = mainPid();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        await(() -> seen.find(pid).isEmpty());
    }

    /** What the agent is, and what it started: it works in home, and nothing else does. */
    @Override
    public int processes() throws IOException {
        return below(home).size();
    }

    private List<ProcessHandle> below(Path directory) throws IOException {
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                try {
                    boolean works =
                            Files.readSymbolicLink(process.resolve("cwd")).startsWith(directory);
                    boolean named = Files.readString(process.resolve("cmdline")).contains(directory + "/agent\0");
                    if ((works || named) && pid != ProcessHandle.current().pid()) {
                        seen.find(pid).flatMap(id -> ProcessHandle.of(id.pid())).ifPresent(found::add);
                    }
                } catch (IOException gone) {
                    // It has ended.
                }
            }
        }
        return found;
    }

    @Override
    public void uninstall() throws Exception {
        Files.delete(script());
    }

    @Override
    public void stage(Definition definition) throws IOException {
        Path file = staged().resolve("install/agent");
        switch (definition) {
            case NONE -> Files.deleteIfExists(file);
            case SAME -> Files.writeString(file, scriptText(""));
            case CHANGED -> Files.writeString(file, scriptText("# of the next version\n"));
            case INVALID -> Files.writeString(file, "no script\n");
        }
    }

    /** What the init system itself notes while it runs the agent is none of the provider's. */
    @Override
    public Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (String place : real ? REAL_PLACES : List.of("etc", "usr", "sbin", "var")) {
            if (!Files.exists(root.resolve(place))) {
                continue;
            }
            try (Stream<Path> tree = Files.walk(root.resolve(place))) {
                tree.filter(path -> !path.toString().contains("/agent-updater/start."))
                        .forEach(path -> traces.add(describe(path)));
            }
        }
        commands.detached.stream()
                .filter(process -> seen.find(process.pid()).isPresent())
                .filter(process -> process.info().commandLine().orElse("").contains(state().resolve("guard") + ""))
                .forEach(process -> traces.add("loop " + process.pid()));
        return traces;
    }

    private static String describe(Path path) {
        try {
            if (Files.isSymbolicLink(path)) {
                return path + " -> " + Files.readSymbolicLink(path);
            }
            if (path.endsWith(".depend.start") || path.endsWith(".depend.stop") || path.endsWith(".depend.boot")) {
                // insserv writes words in the order in which it comes upon the scripts.
                return path
                        + Files.readString(path)
                                .lines()
                                .map(line ->
                                        Stream.of(line.split(" ", -1)).sorted().toList())
                                .toList()
                                .toString();
            }
            Object mode = Files.getAttribute(path, "unix:mode");
            return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    ? path + " " + mode + " " + Files.readString(path, StandardCharsets.ISO_8859_1)
                    : path + "/";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void hang() throws IOException {
        program(script(), "#!/bin/sh\nexec sleep 300\n");
    }

    @Override
    public void passGuardPeriod() {
        LockSupport.parkNanos(GUARD_PERIOD.multipliedBy(2).toNanos());
    }

    /** All processes end at once, and what lies in memory is gone. */
    @Override
    public void reboot() throws Exception {
        end();
        try (Stream<Path> tree = Files.walk(root.resolve("run"))) {
            for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
                if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(path);
                }
            }
        }
    }

    private void end() throws IOException {
        for (ProcessHandle process : commands.detached) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        for (ProcessHandle process : below(root)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        // Again and again: a look misses what is being started meanwhile, but only the living start anything.
        await(() -> {
            try {
                List<ProcessHandle> left = below(home);
                left.forEach(ProcessHandle::destroyForcibly);
                return left.isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Runs a command of the host that has to succeed. */
    void host(String... command) throws IOException {
        try {
            int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new IOException(List.of(command) + " ended with " + exit);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Takes the service off init's books. */
    abstract void unregister() throws IOException;

    @Override
    public void close() throws IOException {
        end();
        if (real) {
            unregister();
            host("rm", "-rf", home.toString(), state().toString(), script().toString(), "/run/agent.pid");
        }
    }
}
