package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;

/**
 * Init scripts run by OpenRC, which keeps what it knows of a service below {@code /run/openrc}.
 *
 * <p>Its own opinion may be wrong: with some start-stop-daemons a service whose daemon died stays "started", cannot be
 * started again because of that, and fails to stop because there is nothing to kill (seen with OpenRC 0.45). {@link
 * #forget} is {@code rc-service NAME zap} then.
 */
final class OpenRcInit extends InitSystem {
    static final List<Path> RC_SERVICE =
            List.of(Path.of("/sbin/rc-service"), Path.of("/usr/sbin/rc-service"), Path.of("/bin/rc-service"));
    static final List<Path> RC_UPDATE =
            List.of(Path.of("/sbin/rc-update"), Path.of("/usr/sbin/rc-update"), Path.of("/bin/rc-update"));

    /** What a command says that is no name of a service is no path to look at either. */
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}/]+");

    private final HostFiles files;
    private final Path root;
    private final long updater;

    OpenRcInit(ServiceContext context, InitScript script, Path root) {
        super(context.commands(), script, new OpenRcBootHalf(context, root));
        this.files = context.files();
        this.root = root;
        this.updater = context.pid();
    }

    private Path run() {
        return root.resolve("run/openrc");
    }

    private Path executable(List<Path> candidates) throws UpdateFailure.Service {
        return commands.find(candidates)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "OpenRC's command is missing: looked for " + candidates,
                        "Install the package that has it, openrc"));
    }

    @Override
    List<String> command(String verb) throws UpdateFailure.Service {
        return List.of(executable(RC_SERVICE).toString(), script.name(), verb);
    }

    /**
     * OpenRC's codes (openrc-run.sh) for its own scripts, those of the Linux Standard Base for others, which it runs as
     * they are.
     */
    @Override
    Claim claim(int exit) {
        return switch (exit) {
            case 0 -> Claim.RUNS;
            case 1, 2, 32, 64 -> Claim.DEAD;
            case 4 -> marked("stopping", script.name()) ? Claim.STOPPING : Claim.STOPPED;
            case 8, 16 -> Claim.STARTING;
            default -> Claim.STOPPED;
        };
    }

    private boolean marked(String state, String service) {
        return Files.exists(run().resolve(state).resolve(service), LinkOption.NOFOLLOW_LINKS);
    }

    /** What OpenRC itself has noted comes first: the child of supervise-daemon, whose own pid file names the supervisor. */
    @Override
    Set<Path> pidFiles() {
        Set<Path> found = new LinkedHashSet<>();
        Path options = run().resolve("options").resolve(script.name());
        found.add(options.resolve("child_pid"));
        text(options.resolve("pidfile"))
                .filter(file -> file.startsWith("/"))
                .ifPresent(file -> found.add(root.resolve(file.substring(1))));
        found.addAll(script.pidFiles());
        return found;
    }

    @Override
    long restarts() {
        return text(run().resolve("options").resolve(script.name()).resolve("start_count"))
                .filter(count -> count.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(0L);
    }

    private Optional<String> text(Path file) {
        try {
            return files.read(file).map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    void forget() throws UpdateFailure.Service {
        if (marked("started", script.name())
                || marked("starting", script.name())
                || marked("stopping", script.name())) {
            commands.run(command("zap"), ANSWER);
        }
    }

    /** Returns the runlevels, which are directories of links: {@code enabled default}, or {@code disabled}. */
    @Override
    String enablement() throws UpdateFailure.Service {
        Set<String> runlevels = runlevels(root, script.name());
        return runlevels.isEmpty() ? "disabled" : "enabled " + String.join(" ", runlevels);
    }

    static Set<String> runlevels(Path root, String service) throws UpdateFailure.Service {
        Path directory = root.resolve("etc/runlevels");
        Set<String> found = new TreeSet<>();
        try {
            for (Path link : BootHalf.links(directory, "*", service)) {
                found.add(link.getName(link.getNameCount() - 2).toString());
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not read the runlevels in " + directory + ": " + Reason.at(e), "", e);
        }
        return found;
    }

    @Override
    boolean startsAtBoot() throws UpdateFailure.Service {
        return !runlevels(root, script.name()).isEmpty();
    }

    /** Stopping a service stops those that need it, and those that need them. */
    @Override
    List<String> dependents() throws UpdateFailure.Service {
        Result result = commands.run(command("needsme"), ANSWER);
        List<String> started = new ArrayList<>();
        for (String name : result.succeeded() ? result.out().strip().split("\\s+") : new String[0]) {
            if (NAME.matcher(name).matches() && marked("started", name)) {
                started.add(name);
            }
        }
        return started;
    }

    /** Does not wait for them: they wait for the agent. */
    @Override
    void startDependents(List<String> services) throws UpdateFailure.Service {
        for (String service : services) {
            if (!marked("started", service)) {
                commands.startDetached(
                        List.of(executable(RC_SERVICE).toString(), service, "start"),
                        Path.of("/"),
                        Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C"),
                        Optional.empty());
            }
        }
    }

    /** OpenRC compares times to notice that a script was changed; being told, it does not depend on clocks. */
    @Override
    void reload() throws UpdateFailure.Service {
        register(
                List.of(executable(RC_UPDATE).toString(), "-u"),
                "OpenRC could not read its init scripts again",
                "Run it by hand to see which script it dislikes");
    }

    /** Runlevels are never touched. */
    @Override
    void restore(ServiceFacts before) throws UpdateFailure.Service {
        reload();
    }

    /** With {@code rc_cgroup_cleanup} OpenRC kills whatever is left in the service's control group after a stop. */
    @Override
    Optional<String> stopKillsUpdater() {
        boolean cleans = List.of("etc/rc.conf", "etc/conf.d/" + script.name()).stream()
                .map(file -> text(root.resolve(file)).orElse(""))
                .flatMap(String::lines)
                .map(String::strip)
                .anyMatch(line -> line.matches("(?i)rc_cgroup_cleanup=[\"']?(yes|true|on|1)[\"']?.*"));
        boolean inside = memberships().stream().anyMatch(line -> line.endsWith("/" + script.name()));
        return cleans && inside
                ? Optional.of("the updater runs in the control group of " + script.name()
                        + ", and rc_cgroup_cleanup in /etc/rc.conf or /etc/conf.d/" + script.name()
                        + " lets OpenRC kill it with the agent: set it to NO, or run the updater from a shell")
                : Optional.empty();
    }

    private List<String> memberships() {
        try {
            return Files.readAllLines(
                    root.resolve("proc").resolve(Long.toString(updater)).resolve("cgroup"));
        } catch (IOException e) {
            return List.of();
        }
    }
}
