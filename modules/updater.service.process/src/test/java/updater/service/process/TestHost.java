package updater.service.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.conformance.RealTicker;
import updater.api.service.Commands;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.processes.HostProcesses;
import updater.processes.Patience;
import updater.processes.Processes;
import updater.processes.Watchdog;

/** A home in a temporary directory on this very host, with real processes and files. */
final class TestHost implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(20);
    static final Duration GUARD_PERIOD = Duration.ofMillis(50);

    final Path home;
    final HomeLayout layout;
    final Processes processes = new HostProcesses(Path.of("/proc"));
    final DirectFiles files = new DirectFiles();
    final DirectCommands commands = new DirectCommands();
    final Patience patience = new Patience(new RealTicker());

    TestHost(Path directory) throws IOException {
        home = Files.createDirectories(directory.resolve("home of agent")).toRealPath();
        layout = new HomeLayout(home, Files.createDirectories(home.resolve(HomeLayout.UNPRIVILEGED_STATE)));
    }

    ServiceContext context(long updater) {
        return context(updater, new RealTicker());
    }

    private ServiceContext context(long updater, Ticker clock) {
        Product.ServiceSpec spec =
                new Product.ServiceSpec("agent", "install/agent.process", Optional.of("[INSTALLDIR]agent.process"));
        Product product = new Product(
                "agent",
                "agent",
                Map.of(),
                Map.of(),
                Map.of("process", spec),
                Set.of(),
                List.of(),
                List.of("log/", "tmp/"),
                "package_statuses.json",
                new Product.HealthRule(Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofMillis(10)),
                Duration.ofSeconds(1),
                new Product.Retention(0));
        return new ServiceContext(product, spec, layout, commands, files, clock, updater);
    }

    ProcessService service() {
        return service(ProcessHandle.current().pid());
    }

    ProcessService service(long updater) {
        return new ProcessService(context(updater), processes, GUARD_PERIOD);
    }

    Watchdog watchdog(long updater, Duration period) {
        return watchdog(updater, period, new RealTicker());
    }

    Watchdog watchdog(long updater, Duration period, Ticker clock) {
        return new Watchdog(context(updater, clock), processes, period);
    }

    /** Installs a definition that runs a shell script. */
    void installAgent(String script, String... more) throws IOException {
        Path program = home.resolve("agent.sh");
        Files.writeString(program, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("agent.process"), definition(more));
    }

    static String definition(String... more) {
        return "command = [INSTALLDIR]agent.sh --config \"a b\"\n" + String.join("\n", more) + "\n";
    }

    Path pidFile() {
        return home.resolve("log/agent.pid");
    }

    long recordedPid() throws IOException {
        return Long.parseLong(Files.readAllLines(pidFile()).getFirst());
    }

    boolean lives(long pid) {
        return processes.find(pid).isPresent();
    }

    void await(Patience.Condition condition) throws UpdateFailure.Service {
        if (!patience.until(condition, SOON)) {
            throw new AssertionError("did not happen within " + SOON);
        }
    }

    @Override
    public void close() {
        commands.started.forEach(handle -> {
            handle.descendants().forEach(ProcessHandle::destroyForcibly);
            handle.destroyForcibly();
        });
    }

    /** Real processes, in sessions of their own. */
    static final class DirectCommands implements Commands {
        private static final String BEHIND_GATE =
                "PATH=/usr/bin:/bin; until test -e \"$0\"; do sleep 0.01; done; exec \"$@\"";

        final List<ProcessHandle> started = new ArrayList<>();
        boolean shells = true;

        /** What is started instead of what was asked for. */
        Optional<List<String>> instead = Optional.empty();

        /** What a started program waits for before it begins. */
        Optional<Path> gate = Optional.empty();

        @Override
        public Optional<Path> find(List<Path> candidates) {
            return candidates.stream()
                    .filter(candidate -> shells || !candidate.endsWith("sh"))
                    .filter(candidate -> Files.isRegularFile(candidate) && Files.isExecutable(candidate))
                    .findFirst();
        }

        @Override
        public Result run(List<String> argv, Duration bound) {
            throw new AssertionError("the process provider runs no command: " + argv);
        }

        @Override
        public long startDetached(
                List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
                throws UpdateFailure.Service {
            List<String> command = new ArrayList<>(List.of("/usr/bin/setsid"));
            gate.ifPresent(file -> command.addAll(List.of("/bin/sh", "-c", BEHIND_GATE, file.toString())));
            command.addAll(instead.orElse(argv));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output.map(file -> ProcessBuilder.Redirect.appendTo(file.toFile()))
                            .orElse(ProcessBuilder.Redirect.DISCARD));
            builder.environment().clear();
            builder.environment().putAll(environment);
            try {
                Process process = builder.start();
                started.add(process.toHandle());
                return process.pid();
            } catch (IOException e) {
                throw new UpdateFailure.Service("could not start " + argv, "", e);
            }
        }
    }

    /** Real files; every write can be made to fail. */
    static final class DirectFiles implements HostFiles {
        final List<Path> written = new ArrayList<>();
        boolean full;

        @Override
        public Optional<byte[]> read(Path file) throws IOException {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(Files.readAllBytes(file))
                    : Optional.empty();
        }

        @Override
        public void write(Path file, byte[] content, int mode) throws IOException {
            if (full) {
                throw new IOException("No space left on device");
            }
            written.add(file);
            Files.createDirectories(file.getParent());
            Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
            Files.write(temporary, content);
            try {
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void link(Path link, String target) {
            throw new AssertionError("the process provider makes no links");
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
