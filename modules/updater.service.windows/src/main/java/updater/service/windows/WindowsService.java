package updater.service.windows;

import static updater.service.windows.ServiceControl.CHANGE_CONFIG;
import static updater.service.windows.ServiceControl.ENUMERATE_DEPENDENTS;
import static updater.service.windows.ServiceControl.QUERY_CONFIG;
import static updater.service.windows.ServiceControl.QUERY_STATUS;
import static updater.service.windows.ServiceControl.START;
import static updater.service.windows.ServiceControl.STOP;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.ServiceAccount;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.api.service.StagedDefinition;
import updater.json.JsonShapeException;
import updater.processes.FoundRun;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.service.windows.ServiceControl.RunState;
import updater.service.windows.ServiceControl.Status;

/** One service, controlled through the service control manager. */
final class WindowsService implements ServiceManager {
    /** The manager itself has no limit for a stop. Agents take a second or two. */
    private static final Duration STOP_BOUND = Duration.ofSeconds(15);

    /** How long a stop that is under way is waited for before the service is started again. */
    private static final Duration STOPPING_BOUND = Duration.ofSeconds(30);

    /** Whom a service runs as that has no account of its own. */
    private static final String LOCAL_SYSTEM = "LocalSystem";

    private static final Duration PAUSE = Duration.ofMillis(50);

    private final ServiceContext context;
    private final ServiceControl control;
    private final Processes processes;
    private final String service;
    private final DefinitionStore store;
    private final Guard guard;
    private final FoundRun found;

    WindowsService(ServiceContext context, ServiceControl control, Processes processes) {
        this.context = context;
        this.control = control;
        this.processes = processes;
        this.found = new FoundRun(processes);
        this.service = context.spec().name();
        this.store = new DefinitionStore(control, service);
        this.guard = new TaskGuard(context, control);
    }

    /** {@inheritDoc} Also opens it with every right the update will need, so that none is missing after the stop. */
    @Override
    public ServiceFacts inspect() throws UpdateFailure {
        int everything = QUERY_CONFIG | CHANGE_CONFIG | QUERY_STATUS | ENUMERATE_DEPENDENTS | START | STOP;
        try (OpenService open = OpenService.open(control, service, everything)) {
            Status status = control.queryStatus(open.handle());
            List<String> dependents = control.activeDependents(open.handle());
            ServiceDefinition definition = store.read();
            StartMode mode = definition.start();
            if (mode == StartMode.DISABLED) {
                throw new UpdateFailure.Refused(
                        RefusalCode.SERVICE_DISABLED,
                        "the service " + service + " is disabled, so it could not be started again after a stop",
                        "Enable it with 'sc config " + service + " start= demand', or start= auto");
            }
            boolean active = status.state() != RunState.STOPPED && status.state() != RunState.STOP_PENDING;
            return new ServiceFacts(active, mode.word(), dependents, STOP_BOUND, DefinitionText.write(definition));
        } catch (Win32Failure e) {
            throw ErrorCode.refusal("open", service, e);
        }
    }

    @Override
    public List<String> warnings() throws UpdateFailure.Service {
        List<String> command = WindowsCommandLine.split(definition().config().binaryPath());
        String program = command.isEmpty() ? "" : command.getFirst();
        String home = context.layout().installDir().toLowerCase(Locale.ROOT);
        return program.toLowerCase(Locale.ROOT).startsWith(home)
                ? List.of()
                : List.of("the service " + service + " runs " + program + ", which is not in "
                        + context.layout().home());
    }

    /** A program that home has its own of belongs to another home; any other may be a wrapper. */
    @Override
    public Optional<String> otherHome() throws UpdateFailure.Service {
        String line = definition().config().binaryPath();
        List<String> command = WindowsCommandLine.split(line);
        String home = context.layout().installDir().toLowerCase(Locale.ROOT);
        if (command.isEmpty()
                || line.contains("~")
                || line.toLowerCase(Locale.ROOT).contains(home)) {
            return Optional.empty();
        }
        String program = command.getFirst();
        String name = program.substring(program.lastIndexOf('\\') + 1);
        return !name.isEmpty() && Files.isRegularFile(context.layout().home().resolve(name))
                ? Optional.of("it runs " + program + ", while "
                        + context.layout().home() + " has a program of that name itself")
                : Optional.empty();
    }

    private ServiceDefinition definition() throws UpdateFailure.Service {
        try {
            return store.read();
        } catch (Win32Failure e) {
            throw ErrorCode.failure("read the configuration of", service, e);
        }
    }

    /** {@inheritDoc} The manager does not count its restarts: a process that dies is FAILED until it does restart it. */
    @Override
    public ServiceState state() throws UpdateFailure.Service {
        Status status = status(service);
        Optional<ProcessId> main = status.processId() == 0 ? Optional.empty() : processes.find(status.processId());
        return main.isEmpty()
                ? new ServiceState(activity(status), status.processId(), 0, describe(status))
                : new ServiceState(
                        activity(status),
                        status.processId(),
                        0,
                        processes.run(main.get(), context.layout().home(), found.is(main.get())),
                        List.of(status.processId()),
                        describe(status));
    }

    private Status status(String name) throws UpdateFailure.Service {
        try (OpenService open = OpenService.open(control, name, QUERY_STATUS)) {
            return control.queryStatus(open.handle());
        } catch (Win32Failure e) {
            throw ErrorCode.failure("query", name, e);
        }
    }

    private static Activity activity(Status status) {
        return switch (status.state()) {
            case STOPPED -> endedWell(status) ? Activity.INACTIVE : Activity.FAILED;
            case START_PENDING -> Activity.STARTING;
            case STOP_PENDING -> Activity.STOPPING;
            case RUNNING, PAUSED, PAUSE_PENDING, CONTINUE_PENDING -> Activity.RUNNING;
        };
    }

    private static boolean endedWell(Status status) {
        return status.win32Exit() == 0 || status.win32Exit() == ErrorCode.SERVICE_NEVER_STARTED.code();
    }

    private static String describe(Status status) {
        return status.state() != RunState.STOPPED || status.win32Exit() == 0
                ? status.state().name()
                : "STOPPED, " + ErrorCode.meaning(status.win32Exit()) + ", service exit code " + status.serviceExit();
    }

    /** A stop control is sent to the service; no process but its own ends, unless it ends them itself. */
    @Override
    public Optional<String> stopKillsUpdater() throws UpdateFailure.Service {
        return status(service).processId() == context.pid()
                ? Optional.of("the updater runs as the service " + service + " itself")
                : Optional.empty();
    }

    @Override
    public void stop(Duration bound) throws UpdateFailure.Service {
        found.stopping();
        new ServiceStop(control, processes, context.clock(), bound).stop(service);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The call returns when the new process has connected to the service control manager, at most 30 s later by
     * default; the manager has no call that does not wait for that.
     */
    @Override
    public void start(List<String> stopped) throws UpdateFailure.Service {
        if (start(service, STOPPING_BOUND)) {
            found.made(Optional.empty());
        } else {
            found.found();
        }
    }

    /** Returns whether there was anything to start. */
    private boolean start(String name, Duration patience) throws UpdateFailure.Service {
        try (OpenService open = OpenService.open(control, name, START | QUERY_STATUS)) {
            awaitEndOfStop(name, open, patience);
            control.start(open.handle());
            return true;
        } catch (Win32Failure e) {
            // An instance that is still stopping counts as running already.
            if (!ErrorCode.SERVICE_ALREADY_RUNNING.of(e) || status(name).state() == RunState.STOP_PENDING) {
                throw ErrorCode.failure("start", name, e);
            }
            return false;
        }
    }

    private void awaitEndOfStop(String name, OpenService open, Duration patience)
            throws Win32Failure, UpdateFailure.Service {
        long since = context.clock().nanos();
        while (control.queryStatus(open.handle()).state() == RunState.STOP_PENDING
                && context.clock().since(since).compareTo(patience) < 0) {
            context.clock().pause(PAUSE, "before " + name + " was started");
        }
    }

    /** {@inheritDoc} They are named in the order they stop in, so they start from the last to the first. */
    @Override
    public void startDependents(List<String> services) throws UpdateFailure.Service {
        List<UpdateFailure.Service> failures = new ArrayList<>();
        for (String dependent : services.reversed()) {
            try {
                start(dependent, Duration.ZERO);
            } catch (UpdateFailure.Service e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            UpdateFailure.Service first = failures.getFirst();
            failures.subList(1, failures.size()).forEach(first::addSuppressed);
            throw first;
        }
    }

    @Override
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return new DefinitionChange.None();
        }
        Path source = found.get().source();
        ServiceDefinition before = definition();
        DefinitionFile wanted = wanted(found.get(), before);
        if (wanted.start().equals(Optional.of(StartMode.DISABLED))) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the service definition " + source + " disables the service, so the new agent could not be started",
                    "Ask whoever built the bundle; the update starts the agent to see whether it is healthy");
        }
        ServiceDefinition after = wanted.applyTo(before, context.layout());
        return after.equals(before)
                ? new DefinitionChange.None()
                : new DefinitionChange.Configure(DefinitionText.write(before), DefinitionText.write(after));
    }

    /** Windows runs a service as an account; what group that has there is, is nobody's to say. */
    private DefinitionFile wanted(StagedDefinition staged, ServiceDefinition before) throws UpdateFailure.Refused {
        String account = before.config().account();
        ServiceAccount names =
                new ServiceAccount(account.isEmpty() ? LOCAL_SYSTEM : account, ServiceAccount.PLACEHOLDERS.group());
        return DefinitionFile.parse(
                staged.content().toArray(),
                staged.source(),
                service,
                text -> names.expand(context.layout().expand(text)));
    }

    @Override
    public void requireMet(Path staged, Path tree) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return;
        }
        String program = wanted(found.get(), definition()).program().replace('\\', '/');
        if (Files.notExists(context.layout().home().resolve(program)) && Files.notExists(tree.resolve(program))) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_UNMET,
                    "by its new definition " + service + " could not be started here: its program " + program
                            + " is not in " + context.layout().home() + ", nor does the update bring it",
                    "Ask whoever built the bundle");
        }
    }

    @Override
    public void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {
        ServiceDefinition definition = definition();
        Optional<StagedDefinition> found =
                staged.isPresent() ? StagedDefinition.read(context, staged.get()) : Optional.empty();
        if (found.isPresent()) {
            definition = wanted(found.get(), definition).applyTo(definition, context.layout());
        }
        new StartDemands(control, service, context.layout(), tree).require(definition);
    }

    @Override
    public void configure(String definition) throws UpdateFailure.Service {
        store.write(recorded(definition));
    }

    private ServiceDefinition recorded(String definition) throws UpdateFailure.Service {
        try {
            return DefinitionText.read(definition);
        } catch (JsonShapeException e) {
            throw new UpdateFailure.Service(
                    "the recorded definition of " + service + " cannot be read: " + e.getMessage(),
                    "Compare 'sc qc " + service + "' with what the agent's installer sets",
                    e);
        }
    }

    @Override
    public DefinitionChange takeBack(DefinitionChange.Configure made) throws UpdateFailure.Service {
        ServiceDefinition now = definition();
        ServiceDefinition without = now.without(recorded(made.before()), recorded(made.after()));
        return without.equals(now)
                ? new DefinitionChange.None()
                : new DefinitionChange.Configure(DefinitionText.write(now), DefinitionText.write(without));
    }

    @Override
    public Guard guard() {
        return guard;
    }
}
