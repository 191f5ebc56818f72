package updater.service.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import updater.api.Os;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.processes.HostProcesses;
import updater.processes.Processes;
import updater.processes.Watchdog;

/**
 * The provider of init scripts with runlevel links, run by sysvinit or by Upstart, as {@code sysv}.
 *
 * @param root where {@code etc/}, {@code run/} and {@code proc/1} are looked up
 */
public record SysVProvider(Path root, Path proc, Duration guardPeriod) implements ServiceManagerProvider {
    /** As often as the guard of systemd. */
    static final Duration GUARD_PERIOD = Duration.ofSeconds(15);

    /** For {@link java.util.ServiceLoader}. */
    public SysVProvider() {
        this(Path.of("/"), Path.of("/proc"), GUARD_PERIOD);
    }

    @Override
    public String name() {
        return "sysv";
    }

    @Override
    public Set<Os> systems() {
        return Set.of(Os.LINUX);
    }

    @Override
    public Detection detect(Commands commands) {
        return absence(new RunningInit(root))
                .map(reason -> new Detection(Fit.ABSENT, reason))
                .orElseGet(
                        () -> new Detection(Fit.RUNS, "process 1 is init, and init scripts and runlevels are there"));
    }

    private Optional<String> absence(RunningInit init) {
        if (init.isSystemd()) {
            return Optional.of("systemd runs this host: /run/systemd/system exists");
        }
        if (init.isOpenRc()) {
            return Optional.of("OpenRC runs this host: /run/openrc/softlevel exists");
        }
        if (!init.first().equals("init") || init.isBusyBox()) {
            return Optional.of("process 1 is " + (init.isBusyBox() ? "busybox" : init.first()) + ", and not init");
        }
        if (!Files.isDirectory(root.resolve("etc/init.d"))) {
            return Optional.of("process 1 is init, but there is no /etc/init.d");
        }
        return RunlevelLinks.directory(root, "2").isPresent()
                ? Optional.empty()
                : Optional.of("process 1 is init, but there are no runlevels: /etc/rc2.d is missing");
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        InitScript script = new InitScript(context, root);
        return open(context, script, new SysVInit(context, script, root), root, proc, guardPeriod);
    }

    static ServiceManager open(
            ServiceContext context, InitScript script, InitSystem init, Path root, Path proc, Duration guardPeriod) {
        Processes processes = new HostProcesses(proc);
        AgentProcesses agent = new AgentProcesses(context.layout(), context.files(), context.pid(), processes, proc);
        InitGuard guard =
                new InitGuard(context, init.bootHalf(), new Watchdog(context, processes, guardPeriod), processes);
        return new ScriptedService(
                context, script, init, processes, agent, new SeLinuxLabels(context.commands(), root), guard);
    }
}
