package updater.service.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import updater.api.Os;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.processes.HostProcesses;

/** The provider of supervision by a detached process and a pid file, {@code process}. */
public final class ProcessProvider implements ServiceManagerProvider {
    /** How often the watchdog looks: as often as the guards of real service managers. */
    private static final Duration WATCHDOG_PERIOD = Duration.ofSeconds(15);

    /** For {@link java.util.ServiceLoader}. */
    public ProcessProvider() {}

    @Override
    public String name() {
        return "process";
    }

    @Override
    public Set<Os> systems() {
        return EnumSet.allOf(Os.class);
    }

    @Override
    public Detection detect(Commands commands) {
        return new Detection(Fit.POSSIBLE, "a process and a pid file need no service manager");
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        return new ProcessService(context, new HostProcesses(Path.of("/proc")), WATCHDOG_PERIOD);
    }
}
