package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.Room;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.Trigger;
import updater.processes.HostProcesses;
import updater.processes.Patience;
import updater.processes.Processes;

/**
 * One systemd service.
 *
 * <p>Downtime runs from the SIGTERM to the old agent to the exec of the new one, so between the two there is nothing
 * but {@code systemctl stop}'s return, files, {@code daemon-reload} where the definition changed, and
 * {@code systemctl start}: what the updater has to ask or clear, it asks and clears before the stop.
 *
 * <p>The service's enablement is never touched: replacing the definition in place leaves every link where it is.
 */
final class Systemd implements ServiceManager {
    private static final Duration START = Duration.ofSeconds(30);

    /** A unit that may start for ever is given this long. */
    private static final Duration UNLIMITED_START = Duration.ofMinutes(5);

    /** Reload runs every generator, and systemd itself gives those 90 s. */
    static final Duration RELOAD = Duration.ofSeconds(100);

    private static final long ROOM = 16 << 20;

    /** Whether this process asked systemd to load what is on disk, and whether it ever did. */
    private boolean reloadTried;

    private boolean reloaded;

    private final String unit;
    private final Systemctl systemctl;
    private final SystemdInspection inspection;
    private final SystemdCompanions companions;
    private final SystemdState states;
    private final SystemdStop stopping;
    private final UpdaterCgroup cgroup;
    private final SystemdDefinition definition;
    private final SeLinuxLabels labels;
    private final SystemdGuard guard;
    private final SystemdTrigger trigger;
    private final SystemdHome home;
    private final Path root;
    private final StartMoment asked;

    /** What was started together with the unit, and is watched with it. */
    private List<String> watched = List.of();

    /** Whether no failed start can be in the way of the next one, because it was cleared and nothing started since. */
    private boolean cleared;

    /** @param monotonic the clock in which systemd gives times, in nanoseconds */
    Systemd(ServiceContext context, Path root, LongSupplier monotonic) {
        Path proc = root.resolve("proc");
        Processes processes = new HostProcesses(proc);
        AgentProcesses agent = new AgentProcesses(context.layout(), context.files(), context.pid(), processes, proc);
        this.unit = UnitName.ofService(context.spec().name());
        this.systemctl = new Systemctl(context.commands(), context.clock());
        this.companions = new SystemdCompanions(systemctl, unit, context.spec().companions());
        this.asked = new StartMoment(monotonic);
        SystemdSurvivors survivors = new SystemdSurvivors(
                agent,
                processes,
                context.layout().home(),
                root,
                new Patience(context.clock()),
                context.spec().leavesProcesses());
        this.states = new SystemdState(agent, processes, context.layout().home(), root, asked);
        this.inspection = new SystemdInspection(systemctl, unit, companions, states, survivors);
        this.stopping = new SystemdStop(systemctl, unit, companions, survivors, context.clock(), root, processes);
        this.cgroup = new UpdaterCgroup(systemctl, unit, context, root);
        this.definition = new SystemdDefinition(systemctl, unit, context, root);
        this.labels = new SeLinuxLabels(context.commands(), root);
        this.guard = new SystemdGuard(systemctl, unit, context, root);
        this.root = root;
        this.home = new SystemdHome(systemctl, unit, context, root, states);
        this.trigger = new SystemdTrigger(systemctl, unit, context, root);
    }

    @Override
    public ServiceFacts inspect() throws UpdateFailure {
        return inspection.inspect();
    }

    @Override
    public List<String> warnings() throws UpdateFailure.Service {
        List<String> warnings = new ArrayList<>(inspection.warnings());
        labels.warning().ifPresent(warnings::add);
        return warnings;
    }

    @Override
    public ServiceState state() throws UpdateFailure.Service {
        List<String> units = new ArrayList<>(List.of(unit));
        units.addAll(watched);
        return ServiceState.together(systemctl.show(SystemdState.PROPERTIES, units).stream()
                .map(states::of)
                .toList());
    }

    /** {@inheritDoc} A unit without {@code User=} is root's. systemd before version 232 says no number. */
    @Override
    public Optional<Long> user() throws UpdateFailure.Service {
        UnitProperties properties = systemctl.show(List.of("UID", "User", "DynamicUser"), unit);
        String number = properties.text("UID");
        if (number.matches("[0-9]{1,10}")) {
            return Optional.of(Long.valueOf(number));
        }
        return properties.text("User").isEmpty() && !properties.is("DynamicUser", "yes")
                ? Optional.of(0L)
                : Optional.empty();
    }

    /** Each command has the whole timeout for itself; how many there are is the unit's affair. */
    @Override
    public Duration startBound() throws UpdateFailure.Service {
        UnitProperties properties =
                systemctl.show(List.of("TimeoutStartUSec", "ExecStartPre", "ExecStart", "ExecStartPost"), unit);
        long commands = Stream.of("ExecStartPre", "ExecStart", "ExecStartPost")
                .flatMap(property -> properties.all(property).stream())
                .filter(command -> !command.isEmpty())
                .count();
        return Timespan.parse(properties.text("TimeoutStartUSec"))
                .map(each -> each.multipliedBy(Math.max(1, commands)).plus(START))
                .orElse(UNLIMITED_START);
    }

    @Override
    public Duration restartDelay() throws UpdateFailure.Service {
        UnitProperties properties = systemctl.show(List.of("Restart", "RestartUSec"), unit);
        return properties.is("Restart", "no")
                ? Duration.ZERO
                : Timespan.parse(properties.text("RestartUSec")).orElse(Duration.ZERO);
    }

    @Override
    public Optional<String> otherHome() throws UpdateFailure.Service {
        return home.elsewhere();
    }

    @Override
    public Optional<String> stopKillsUpdater() throws UpdateFailure.Service {
        return cgroup.stopKillsUpdater();
    }

    @Override
    public Optional<String> sandboxing() throws UpdateFailure.Service {
        return inspection.sandboxing();
    }

    @Override
    public void stop(Duration bound) throws UpdateFailure.Service {
        asked.stopping();
        cleared = stopping.stop(bound, this::clearFailures);
    }

    /**
     * After a crash loop systemd refuses to start a unit (start-limit-hit) until its counters are reset. Done here
     * only where {@link #stop} did not do it while the old agent still ran.
     *
     * <p>Sockets come before the service: one cannot be listened on while its service runs, and a service that gets none
     * has nothing to listen on.
     */
    @Override
    public void start(List<String> stopped) throws UpdateFailure.Service {
        watched = stopped.stream().filter(companions::includes).toList();
        if (!cleared) {
            clearFailures();
        }
        cleared = false;
        List<String> arguments = new ArrayList<>(List.of("--no-block", "--"));
        stopped.stream().filter(name -> name.endsWith(".socket")).forEach(arguments::add);
        arguments.add(unit);
        arguments.addAll(watched);
        asked.starting();
        systemctl.require(START, "start", arguments, "could not start " + unit, unit);
    }

    /** A unit that systemd has not even loaded has nothing to clear, which systemctl calls a failure. */
    private void clearFailures() throws UpdateFailure.Service {
        List<String> arguments = new ArrayList<>(List.of("--"));
        arguments.addAll(companions.withUnit());
        systemctl.run(Systemctl.ANSWER, "reset-failed", arguments);
    }

    /**
     * Starting a unit that is active would be no no-op: it also starts everything that the unit wants and that an
     * operator may have stopped.
     */
    @Override
    public void startDependents(List<String> services) throws UpdateFailure.Service {
        if (services.isEmpty()) {
            return;
        }
        List<String> arguments = new ArrayList<>(List.of("--no-block", "--"));
        List<UnitProperties> states = systemctl.show(List.of("ActiveState"), services);
        for (int i = 0; i < services.size(); i++) {
            if (!states.get(i).active()) {
                arguments.add(services.get(i));
            }
        }
        if (arguments.size() > 2) {
            List<String> idle = arguments.subList(2, arguments.size());
            systemctl.require(
                    START, "start", arguments, "could not start again " + String.join(", ", idle), idle.getFirst());
        }
    }

    @Override
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        return definition.compare(staged);
    }

    @Override
    public void requireMet(Path staged, Path tree) throws UpdateFailure {
        definition.requireMet(staged, tree);
    }

    @Override
    public void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {
        definition.requireStartable(staged, tree);
    }

    /** systemd wants it for a safety margin, and refuses otherwise, since version 233. */
    @Override
    public Optional<Room> roomForReload() {
        return Optional.of(new Room(root.resolve("run/systemd"), ROOM));
    }

    @Override
    public void reload() throws UpdateFailure.Service {
        reloadTried = true;
        Result result = systemctl.run(RELOAD, "daemon-reload", List.of());
        if (!result.succeeded()) {
            throw Systemctl.failure("could not make systemd read its unit files again", result, "");
        }
        reloaded = true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A systemd that could not load the new definition, say for want of space in {@code /run}, cannot load the old one
     * either, and need not: it never had another.
     */
    @Override
    public void restore(ServiceFacts before) throws UpdateFailure.Service {
        boolean neverLoaded = reloadTried && !reloaded;
        try {
            reload();
        } catch (UpdateFailure.Service e) {
            if (!neverLoaded
                    || !systemctl.show(List.of("NeedDaemonReload"), unit).is("NeedDaemonReload", "no")) {
                throw e;
            }
        }
    }

    @Override
    public void relabel(List<Path> placed) throws UpdateFailure.Service {
        labels.restore(placed);
    }

    @Override
    public List<String> output(Instant since, Instant until, int most) throws UpdateFailure.Service {
        return new SystemdJournal(systemctl.commands(), unit).lines(since, until, most);
    }

    @Override
    public Guard guard() {
        return guard;
    }

    @Override
    public Optional<Trigger> trigger() {
        return Optional.of(trigger);
    }
}
