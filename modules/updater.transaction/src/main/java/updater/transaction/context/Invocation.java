package updater.transaction.context;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import updater.api.service.Commands;
import updater.processes.Boot;

/**
 * The process that runs an update: which updater it is, who it runs as, and how it was started.
 *
 * @param version the updater's version, for journal and report
 * @param runtime what this process runs from
 * @param user the user it runs as
 * @param platform this host's, as release statements name it, e.g. {@code linux-amd64-glibc}
 * @param boot tells boots of this host apart
 * @param uptime tells how long the process has been running: the agent's patience began with it
 * @param guardOptions the options that the guard must repeat beside home and product
 */
public record Invocation(
        String version,
        OwnRuntime runtime,
        OwnUser user,
        String platform,
        Boot boot,
        Supplier<Duration> uptime,
        List<String> guardOptions) {
    public Invocation {
        guardOptions = List.copyOf(guardOptions);
    }

    /**
     * What a process runs from, runs other programs with, and runs for.
     *
     * @param javaHome the virtual machine's directory
     * @param root of the host: other programs' locks lie below it
     * @param wanted whether the process that the agent started, and may kill, is still there; true where that is this one
     * @param termination what asks the run to end
     */
    public record OwnRuntime(
            Path javaHome, Path root, Commands commands, BooleanSupplier wanted, Termination termination) {}
}
