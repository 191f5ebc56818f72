package updater.app.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import updater.api.Os;
import updater.api.SystemTicker;
import updater.api.Ticker;
import updater.api.service.Commands;
import updater.api.service.ServiceManagerProvider;
import updater.fs.Disk;
import updater.processes.Boot;
import updater.processes.HostProcesses;
import updater.transaction.context.OwnUser;

/**
 * Everything a run takes from the process and the host it runs on.
 *
 * @param user whose rights this process has
 */
public record Host(
        OperatingSystem system,
        OwnProcess process,
        OwnUser user,
        Lifetime lifetime,
        Console console,
        Ticker clock,
        Disk disk) {
    /**
     * The system that the host runs, and what it has for programs.
     *
     * @param boot tells boots of this host apart
     * @param providers of the service managers that this system may have
     */
    public record OperatingSystem(Os os, Boot boot, Commands commands, List<ServiceManagerProvider> providers) {
        public OperatingSystem {
            providers = List.copyOf(providers);
        }
    }

    /**
     * This process, and what it was started from.
     *
     * @param launcher the launcher that started it; empty when it was started without one
     * @param javaHome the runtime it runs from
     */
    public record OwnProcess(long pid, Optional<Path> launcher, Path javaHome) {}

    /**
     * How long this process may go on.
     *
     * @param uptime how long it, or its caller, has been running: the agent waits for it only so long
     * @param wanted whether the caller still waits for it; true where it has none
     * @param signals what ends it
     */
    public record Lifetime(Supplier<Duration> uptime, BooleanSupplier wanted, Signals signals) {}

    /** Returns this process and this host. */
    public static Host real() {
        Os os = Os.fromProperty(System.getProperty("os.name", ""));
        long uid = EffectiveUser.ofThisProcess().id();
        Ticker clock = new SystemTicker();
        Optional<Caller> caller = Caller.parse(System.getProperty("updater.caller"), HostProcesses.of(os));
        return new Host(
                new OperatingSystem(os, Boot.ofHost(), commands(os), providers(os)),
                new OwnProcess(
                        ProcessHandle.current().pid(),
                        Optional.ofNullable(System.getProperty("updater.launcher"))
                                .map(Path::of),
                        Path.of(System.getProperty("java.home", "/"))),
                new OwnUser(os == Os.WINDOWS || uid == 0, uid),
                new Lifetime(
                        () -> sinceStart(caller),
                        () -> caller.map(Caller::waits).orElse(true),
                        Signals.ofThisProcess()),
                Console.ofThisProcess(),
                clock,
                Disk.ofHost(clock));
    }

    private static Commands commands(Os os) {
        return switch (os) {
            case LINUX, MACOS -> HostCommands.posix();
            case WINDOWS -> HostCommands.windows(systemRoot(System.getenv("SystemRoot")), Path.of("NUL"));
        };
    }

    /** The session manager of Windows sets it for every process; it is taken only when it leads to a Windows. */
    static Path systemRoot(@Nullable String variable) {
        Path usual = Path.of("C:\\Windows");
        if (variable == null) {
            return usual;
        }
        Path root = Path.of(variable);
        return root.isAbsolute() && Files.isRegularFile(root.resolve("System32").resolve("kernel32.dll"))
                ? root
                : usual;
    }

    private static List<ServiceManagerProvider> providers(Os os) {
        List<ServiceManagerProvider> found = new ArrayList<>();
        for (ServiceManagerProvider provider : ServiceLoader.load(ServiceManagerProvider.class)) {
            if (provider.systems().contains(os)) {
                found.add(provider);
            }
        }
        // Not Comparator.comparing: what it returns is serializable, so the ahead-of-time cache cannot hold it.
        found.sort((one, other) -> one.name().compareTo(other.name()));
        return found;
    }

    private static Duration sinceStart(Optional<Caller> caller) {
        return caller.flatMap(Caller::start)
                .or(() -> ProcessHandle.current().info().startInstant())
                .map(start -> Duration.between(start, Instant.now()))
                .filter(since -> !since.isNegative())
                .orElse(Duration.ZERO);
    }
}
