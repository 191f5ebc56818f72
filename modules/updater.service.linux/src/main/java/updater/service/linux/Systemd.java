package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.Trigger;
import updater.processes.HostProcesses;

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

    /** Reload runs every generator, and systemd itself gives those 90 s. */
    static final Duration RELOAD = Duration.ofSeconds(100);

    private static final List<String> STATE =
            List.of("ActiveState", "SubState", "MainPID", "NRestarts", "Result", "Job");

    private final String unit;
    private final Systemctl systemctl;
    private final SystemdInspection inspection;
    private final SystemdStop stopping;
    private final UpdaterCgroup cgroup;
    private final SystemdDefinition definition;
    private final SeLinuxLabels labels;
    private final SystemdGuard guard;
    private final SystemdTrigger trigger;

    /** Whether no failed start can be in the way of the next one, because it was cleared and nothing started since. */
    private boolean cleared;

    Systemd(ServiceContext context, Path root) {
        this.unit = UnitName.ofService(context.spec().name());
        this.systemctl = new Systemctl(context.commands());
        this.inspection = new SystemdInspection(systemctl, unit);
        this.stopping =
                new SystemdStop(systemctl, unit, context.clock(), root, new HostProcesses(root.resolve("proc")));
        this.cgroup = new UpdaterCgroup(systemctl, unit, context, root);
        this.definition = new SystemdDefinition(systemctl, unit, context, root);
        this.labels = new SeLinuxLabels(context.commands(), root);
        this.guard = new SystemdGuard(systemctl, unit, context, root);
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
        return state(systemctl.show(STATE, unit));
    }

    static ServiceState state(UnitProperties properties) {
        // Right after start() the job waits in the queue while the unit still shows its old, idle state.
        boolean queued = properties.number("Job") != 0;
        ServiceState.Activity activity = switch (properties.text("ActiveState")) {
            case "active", "reloading", "refreshing" -> ServiceState.Activity.RUNNING;
            case "activating" ->
                properties.text("SubState").startsWith("auto-restart")
                        ? ServiceState.Activity.FAILED
                        : ServiceState.Activity.STARTING;
            case "deactivating" -> ServiceState.Activity.STOPPING;
            case "inactive" -> queued ? ServiceState.Activity.STARTING : ServiceState.Activity.INACTIVE;
            default -> queued ? ServiceState.Activity.STARTING : ServiceState.Activity.FAILED;
        };
        return new ServiceState(
                activity,
                properties.number("MainPID"),
                properties.number("NRestarts"),
                properties.describeState() + (queued ? ", job queued" : ""));
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
        cleared = stopping.stop(bound, this::clearFailures);
    }

    /**
     * After a crash loop systemd refuses to start a unit (start-limit-hit) until its counters are reset. Done here
     * only where {@link #stop} did not do it while the old agent still ran.
     */
    @Override
    public void start() throws UpdateFailure.Service {
        if (!cleared) {
            clearFailures();
        }
        cleared = false;
        systemctl.require(START, "start", List.of("--no-block", "--", unit), "could not start " + unit, unit);
    }

    /** A unit that systemd has not even loaded has nothing to clear, which systemctl calls a failure. */
    private void clearFailures() throws UpdateFailure.Service {
        systemctl.run(Systemctl.ANSWER, "reset-failed", List.of("--", unit));
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
    public void reload() throws UpdateFailure.Service {
        Result result = systemctl.run(RELOAD, "daemon-reload", List.of());
        if (!result.succeeded()) {
            throw Systemctl.failure("could not make systemd read its unit files again", result, "");
        }
    }

    @Override
    public void relabel(List<Path> placed) throws UpdateFailure.Service {
        labels.restore(placed);
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
