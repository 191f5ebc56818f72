package updater.service.macos;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Os;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;
import updater.processes.HostProcesses;

/**
 * The provider of launchd, in its system domain.
 *
 * @param root where {@code bin/launchctl} and {@code Library/LaunchDaemons} are looked up
 */
public record LaunchdProvider(Path root) implements ServiceManagerProvider {
    /** For {@link java.util.ServiceLoader}. */
    public LaunchdProvider() {
        this(Path.of("/"));
    }

    @Override
    public String name() {
        return "launchd";
    }

    @Override
    public Set<Os> systems() {
        return Set.of(Os.MACOS);
    }

    /**
     * Asks the manager of the context that this process runs in for its process id: the system's is the first process.
     */
    @Override
    public Detection detect(Commands commands) {
        List<Path> candidates = Launchctl.candidates(root);
        Optional<Path> launchctl = commands.find(candidates);
        if (launchctl.isEmpty()) {
            return new Detection(Fit.ABSENT, "none of " + candidates + " exists");
        }
        try {
            Result result = commands.run(List.of(launchctl.get().toString(), "managerpid"), Launchctl.ANSWER);
            String said = Launchctl.oneLine(result);
            return result.succeeded() && said.equals("1")
                    ? new Detection(Fit.RUNS, "launchd is process 1")
                    : new Detection(Fit.ABSENT, launchctl.get() + " managerpid says '" + said + "', not 1");
        } catch (UpdateFailure.Service e) {
            return new Detection(Fit.ABSENT, e.getMessage());
        }
    }

    @Override
    public ServiceManager open(ServiceContext context) {
        return new Launchd(
                context, root, HostProcesses.of(Os.MACOS), new ListedProcessGroups(context.commands(), root));
    }
}
