package updater.service.linux;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import updater.api.Os;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/** The provider of systemd, version 235 or later. */
public final class SystemdProvider implements ServiceManagerProvider {
    private final Path root;

    public SystemdProvider() {
        this(Path.of("/"));
    }

    /** @param root where {@code run/}, {@code proc/}, {@code sys/} and {@code etc/} are looked up */
    SystemdProvider(Path root) {
        this.root = root;
    }

    @Override
    public String name() {
        return "systemd";
    }

    @Override
    public Set<Os> systems() {
        return Set.of(Os.LINUX);
    }

    /** Asks as sd_booted(3) does: that directory exists exactly where systemd is the init system that runs. */
    @Override
    public Detection detect(Commands commands) {
        Path marker = root.resolve("run/systemd/system");
        if (!Files.isDirectory(marker, LinkOption.NOFOLLOW_LINKS)) {
            return new Detection(Fit.ABSENT, "/run/systemd/system does not exist");
        }
        return commands.find(Systemctl.CANDIDATES)
                .map(systemctl -> new Detection(Fit.RUNS, "/run/systemd/system exists"))
                .orElseGet(() -> new Detection(
                        Fit.ABSENT, "/run/systemd/system exists, but none of " + Systemctl.CANDIDATES + " does"));
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        return new Systemd(context, root);
    }
}
