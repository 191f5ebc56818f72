package updater.packaging;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.Os;
import updater.app.Program;
import updater.app.host.Host;
import updater.app.host.Signals;
import updater.processes.Boot;
import updater.service.macos.LaunchdUnder;

/**
 * Run the updater as it is, on a host of which only the service manager and the boot are those found under a directory.
 * All else, the file system and the commands, is this host's.
 */
public final class UpdaterUnder {
    private UpdaterUnder() {}

    /**
     * Runs it as a process.
     *
     * @param arguments the directory, the product descriptor, and the updater's own
     */
    public static void main(String[] arguments) {
        List<String> own = new ArrayList<>(List.of(arguments).subList(2, arguments.length));
        // The agent starts its updater without any, and the guard with all of them; its trial asks for the version
        // alone.
        if (!own.contains("--product") && !own.contains("--version")) {
            own.addAll(List.of("--product", arguments[1], "--service-manager", "launchd"));
        }
        System.exit(run(Path.of(arguments[0]), own));
    }

    /** Runs it in this process and returns its exit code. */
    public static int run(Path root, List<String> arguments) {
        Host host = Host.real();
        Host.Lifetime lifetime = host.lifetime();
        return new Program(new Host(
                        new Host.OperatingSystem(
                                Os.MACOS,
                                new Boot(root.resolve("boot_id"), root.resolve("nowhere"), false),
                                host.system().commands(),
                                List.of(LaunchdUnder.root(root))),
                        host.process(),
                        host.user(),
                        new Host.Lifetime(lifetime.uptime(), lifetime.wanted(), Signals.none()),
                        host.console(),
                        host.clock(),
                        host.disk()))
                .run(arguments);
    }
}
