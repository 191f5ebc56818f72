package updater.service.linux;

import java.nio.file.Path;
import java.util.Set;
import updater.api.Os;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/**
 * The provider of systemd, version 235 or later.
 *
 * @param root where {@code run/}, {@code proc/}, {@code sys/} and {@code etc/} are looked up
 */
public record SystemdProvider(Path root) implements ServiceManagerProvider {
    public SystemdProvider() {
        this(Path.of("/"));
    }

    @Override
    public String name() {
        return "systemd";
    }

    @Override
    public Set<Os> systems() {
        return Set.of(Os.LINUX);
    }

    @Override
    public Detection detect(Commands commands) {
        if (!new RunningInit(root).isSystemd()) {
            return new Detection(Fit.ABSENT, "/run/systemd/system does not exist");
        }
        return commands.find(Systemctl.CANDIDATES)
                .map(systemctl -> new Detection(Fit.RUNS, "/run/systemd/system exists"))
                .orElseGet(() -> new Detection(
                        Fit.ABSENT, "/run/systemd/system exists, but none of " + Systemctl.CANDIDATES + " does"));
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        // What the JVM counts in on Linux is the clock that systemd counts in.
        return new Systemd(context, root, System::nanoTime);
    }
}
