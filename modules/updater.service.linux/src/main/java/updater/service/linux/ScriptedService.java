package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.processes.FoundRun;
import updater.processes.HomeTraces;
import updater.processes.Patience;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * A service that is an init script.
 *
 * <p>The updater has the init script do things, and does not believe it: whether the agent runs is seen by its main
 * process. No init restarts one that ended, so an agent that should run and has no process has failed.
 */
final class ScriptedService implements ServiceManager {
    /** No init of this kind says how long a service has to stop; this is what the product's systemd unit allows. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

    /** Between the end of a script and the first look of its daemon lie a fork and an exec. */
    private static final Duration APPEARING = Duration.ofSeconds(1);

    /** The verbs of the Linux Standard Base that stop a service, if only to start it again. */
    private static final List<String> STOPPING_VERBS =
            List.of("stop", "restart", "try-restart", "condrestart", "force-reload");

    private static final Duration CLEARING = Duration.ofSeconds(10);

    private final ServiceContext context;
    private final InitScript script;
    private final InitSystem init;
    private final Processes processes;
    private final AgentProcesses agent;
    private final ScriptedStart starting;
    private final ScriptedStop stopping;
    private final FoundRun found;
    private final SeLinuxLabels labels;
    private final InitGuard guard;

    /** The main process as last seen. */
    private Optional<ProcessId> main = Optional.empty();

    /** Whether it was started or seen running, and not stopped since. */
    private boolean expected;

    /** When the start that was dispatched was first seen to have ended, in nanoseconds; 0 when it was not. */
    private long startEnded;

    ScriptedService(
            ServiceContext context,
            InitScript script,
            InitSystem init,
            Processes processes,
            AgentProcesses agent,
            SeLinuxLabels labels,
            InitGuard guard) {
        this.context = context;
        this.script = script;
        this.init = init;
        this.processes = processes;
        this.found = new FoundRun(processes);
        this.agent = agent;
        this.labels = labels;
        this.guard = guard;
        this.starting = new ScriptedStart(context, processes);
        this.stopping = new ScriptedStop(context, script, init, agent, processes, new Patience(context.clock()));
    }

    @Override
    public ServiceFacts inspect() throws UpdateFailure {
        script.requireUsable();
        ServiceState state = state();
        if (state.activity() == Activity.FAILED && init.ask().claim() == InitSystem.Claim.RUNS) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_UNCLEAR,
                    script.path() + " says that " + script.name() + " runs, but no process of it can be found: none of "
                            + init.pidFiles() + " names one, and no program in "
                            + context.layout().home() + " runs",
                    "If it does run, name its pid file in the script, in a line '# pidfile: /run/NAME.pid'; if it does"
                            + " not, stop the service first");
        }
        boolean active = state.activity() == Activity.RUNNING || state.activity() == Activity.STARTING;
        return new ServiceFacts(active, init.enablement(), init.dependents(), STOP_TIMEOUT, "");
    }

    @Override
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>(labels.warning().stream().toList());
        Set<ProcessId> others = agent.apartFrom(agent.main(init.pidFiles()));
        if (!others.isEmpty()) {
            warnings.add("what runs a program of " + context.layout().home() + " is ended with " + script.name() + ", "
                    + others.stream().map(ProcessId::toString).sorted().collect(Collectors.joining(", "))
                    + " as well: if that is another service, start it again after the update");
        }
        return warnings;
    }

    @Override
    public ServiceState state() throws UpdateFailure.Service {
        if (main.isPresent() && processes.lives(main.get())) {
            return running(main.get());
        }
        if (starting.progress() instanceof ScriptedStart.Running(Duration since)) {
            return new ServiceState(
                    Activity.STARTING, 0, 0, script.path() + " start runs, for " + since.toMillis() + " ms so far");
        }
        Optional<ProcessId> before = main;
        main = agent.main(init.pidFiles());
        if (main.isPresent()) {
            return running(main.get());
        }
        return expected ? gone(before) : claimed();
    }

    private ServiceState running(ProcessId process) {
        expected = true;
        return new ServiceState(
                Activity.RUNNING,
                process.pid(),
                init.restarts(),
                processes.run(process, context.layout().home(), found.is(process)),
                List.of(process.pid()),
                process + " runs");
    }

    /** The agent should run, and has no process. */
    private ServiceState gone(Optional<ProcessId> before) throws UpdateFailure.Service {
        if (before.isPresent() && isStoppedByAnother()) {
            main = before;
            return new ServiceState(
                    Activity.STOPPING,
                    0,
                    init.restarts(),
                    "somebody else has " + script.path() + " stop or restart it");
        }
        if (before.isEmpty() && starting.progress() instanceof ScriptedStart.Ended ended) {
            String how = "%s start ended with %d%s"
                    .formatted(script.path(), ended.exit(), ended.said().isEmpty() ? "" : " and said: " + ended.said());
            if (!ended.succeeded()) {
                return new ServiceState(Activity.FAILED, 0, init.restarts(), how);
            }
            if (startEnded == 0) {
                startEnded = context.clock().nanos();
            }
            if (context.clock().since(startEnded).compareTo(APPEARING) < 0) {
                return new ServiceState(Activity.STARTING, 0, init.restarts(), how);
            }
            return new ServiceState(Activity.FAILED, 0, init.restarts(), how + ", but no process of the agent runs");
        }
        main = before;
        String ended = before.map(process -> process + " ended").orElse("it ended");
        return new ServiceState(Activity.FAILED, 0, init.restarts(), ended);
    }

    private boolean isStoppedByAnother() {
        return STOPPING_VERBS.stream()
                .anyMatch(verb -> !agent.running(script.name(), verb).isEmpty());
    }

    /** What the updater has not seen itself, it asks the script. */
    private ServiceState claimed() throws UpdateFailure.Service {
        if (!agent.running(script.name(), "start").isEmpty()) {
            return new ServiceState(Activity.STARTING, 0, init.restarts(), script.path() + " start runs");
        }
        InitSystem.Answer answer = init.ask();
        Activity activity = switch (answer.claim()) {
            case RUNS, DEAD -> Activity.FAILED;
            case STARTING -> Activity.STARTING;
            case STOPPING -> Activity.STOPPING;
            case STOPPED -> Activity.INACTIVE;
        };
        String contradiction = answer.claim() == InitSystem.Claim.RUNS ? ", but no process of the agent runs" : "";
        return new ServiceState(activity, 0, init.restarts(), answer.text() + contradiction);
    }

    /** A script may run anything: only the process that it has started tells. */
    @Override
    public Optional<String> otherHome() {
        Optional<ProcessId> process = agent.main(init.pidFiles());
        return process.isEmpty()
                ? Optional.empty()
                : new HomeTraces(context.layout().home(), agent.proc())
                        .elsewhere(script.settings(), Optional.empty(), agent.treeOf(process.get()));
    }

    @Override
    public Optional<String> stopKillsUpdater() throws UpdateFailure.Service {
        long pid = state().mainPid();
        return pid == context.pid()
                ? Optional.of("the updater itself, process " + pid + ", is the service's main process")
                : init.stopKillsUpdater();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The script has the bound but for 10 s; where it has succeeded, the agent then has up to 10 s to come to its end.
     * What is left gets {@code SIGTERM}, and {@code SIGKILL} 5 s later.
     */
    @Override
    public void stop(Duration bound) throws UpdateFailure.Service {
        if (state().mainPid() == context.pid()) {
            throw new UpdateFailure.Service(
                    script.name() + " is not stopped: its main process is this updater", "Stop it by hand");
        }
        found.stopping();
        stopping.stop(bound);
        starting.forget();
        expected = false;
        main = Optional.empty();
    }

    /**
     * {@inheritDoc}
     *
     * <p>While the guard runs at boot, a service that the boot starts anyway is left to it: before the agent's turn there
     * may be no network yet.
     */
    @Override
    public void start(List<String> stopped) throws UpdateFailure.Service {
        Activity activity = state().activity();
        if (activity == Activity.RUNNING || activity == Activity.STARTING) {
            found.found();
            return;
        }
        if (guard.booting() && init.startsAtBoot()) {
            return;
        }
        if (activity == Activity.FAILED) {
            clear();
        }
        found.made(starting.dispatch(init.command("start")));
        main = Optional.empty();
        startEnded = 0;
        expected = true;
    }

    /** A pid or lock file that the dead agent left makes many a script believe that there is nothing to start. */
    private void clear() throws UpdateFailure.Service {
        if (init.ask().claim() == InitSystem.Claim.STOPPED) {
            return;
        }
        try {
            context.commands().run(init.command("stop"), CLEARING);
        } catch (UpdateFailure.Service e) {
            // The start will show whether it mattered.
        }
        init.forget();
    }

    @Override
    public void startDependents(List<String> services) throws UpdateFailure.Service {
        init.startDependents(services);
    }

    @Override
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        return script.compare(staged, () -> agent.ownerOf(agent.main(init.pidFiles())));
    }

    @Override
    public void requireMet(Path staged, Path tree) throws UpdateFailure {
        script.requireMet(staged, tree, () -> agent.ownerOf(agent.main(init.pidFiles())));
    }

    @Override
    public void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {
        script.requireStartable(staged, tree, () -> agent.ownerOf(agent.main(init.pidFiles())));
    }

    @Override
    public void reload() throws UpdateFailure.Service {
        init.reload();
    }

    @Override
    public void restore(ServiceFacts before) throws UpdateFailure.Service {
        init.restore(before);
    }

    @Override
    public void relabel(List<Path> placed) throws UpdateFailure.Service {
        labels.restore(placed);
    }

    @Override
    public Guard guard() {
        return guard;
    }
}
