package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import updater.api.Os;
import updater.api.service.Commands;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/**
 * The provider of OpenRC, {@code openrc}.
 *
 * @param root where {@code etc/} and {@code run/} are looked up
 */
public record OpenRcProvider(Path root, Path proc, Duration guardPeriod) implements ServiceManagerProvider {
    /** For {@link java.util.ServiceLoader}. */
    public OpenRcProvider() {
        this(Path.of("/"), Path.of("/proc"), SysVProvider.GUARD_PERIOD);
    }

    @Override
    public String name() {
        return "openrc";
    }

    @Override
    public Set<Os> systems() {
        return Set.of(Os.LINUX);
    }

    @Override
    public Detection detect(Commands commands) {
        RunningInit init = new RunningInit(root);
        if (init.isSystemd()) {
            return new Detection(Fit.ABSENT, "systemd runs this host: /run/systemd/system exists");
        }
        if (!init.isOpenRc()) {
            return new Detection(Fit.ABSENT, "/run/openrc/softlevel does not exist");
        }
        return commands.find(OpenRcInit.RC_SERVICE)
                .map(found -> new Detection(Fit.RUNS, "/run/openrc/softlevel exists"))
                .orElseGet(() -> new Detection(
                        Fit.ABSENT, "/run/openrc/softlevel exists, but none of " + OpenRcInit.RC_SERVICE + " does"));
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        InitScript script = new InitScript(context, root);
        return SysVProvider.open(context, script, new OpenRcInit(context, script, root), root, proc, guardPeriod);
    }
}
