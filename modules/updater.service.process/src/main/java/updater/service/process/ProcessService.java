package updater.service.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.api.service.StagedDefinition;
import updater.api.service.UpdatedFiles;
import updater.processes.FoundRun;
import updater.processes.Patience;
import updater.processes.PidFile;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.processes.Shell;
import updater.processes.Watchdog;

/** One agent that runs as a detached process, which a pid file names. */
final class ProcessService implements ServiceManager {
    /** How long after {@code SIGKILL} a process may take to be gone; more than that is a kernel that is stuck. */
    private static final Duration KILL_BOUND = Duration.ofSeconds(5);

    /** How long children that outlive their agent have after {@code SIGTERM}. */
    private static final Duration CHILDREN_BOUND = Duration.ofSeconds(2);

    /** How long a process that was started has to write itself down. It takes milliseconds; on a busy host, seconds. */
    private static final Duration START_BOUND = Duration.ofSeconds(10);

    /** How long a process has for it whose starter was killed, and may have been before there was a process. */
    private static final Duration ORPHAN_BOUND = Duration.ofSeconds(1);

    private static final int DEFINITION_MODE = 0644;

    private final ServiceContext context;
    private final Processes processes;
    private final Patience patience;
    private final Watchdog watchdog;
    private final OutputFile output;
    private final DefinitionFile definitions;
    private final FoundRun found;

    ProcessService(ServiceContext context, Processes processes, Duration watchdogPeriod) {
        this.context = context;
        this.processes = processes;
        this.found = new FoundRun(processes);
        this.patience = new Patience(context.clock());
        this.output = new OutputFile(context.files(), context.clock());
        this.definitions = new DefinitionFile(context, new OwnAccount(context));
        this.watchdog = new Watchdog(context, processes, watchdogPeriod);
    }

    @Override
    public ServiceFacts inspect() throws UpdateFailure {
        ProcessDefinition definition = definitions.installed();
        requireMutable("pid-file", definition.pidFile());
        requireMutable("output", definition.output());
        requireOutput(definition);
        Activity activity = state().activity();
        boolean active = activity == Activity.RUNNING || activity == Activity.STARTING;
        return new ServiceFacts(
                active, "manual", List.of(), definition.stopTimeout().plus(KILL_BOUND), "");
    }

    @Override
    public Optional<String> otherHome() throws UpdateFailure.Service {
        long main = state().mainPid();
        return definitions.elsewhere(main == 0 ? List.of() : List.of(main));
    }

    @Override
    public ServiceState state() throws UpdateFailure.Service {
        PidFile pidFile = pidFile(definition());
        return switch (pidFile.read()) {
            case PidFile.Nothing() -> new ServiceState(Activity.INACTIVE, 0, 0, "no pid file " + pidFile.path());
            case PidFile.Starting(ProcessId starter)
            when processes.lives(starter) -> new ServiceState(Activity.STARTING, 0, 0, "being started by " + starter);
            case PidFile.Starting(ProcessId starter) ->
                new ServiceState(Activity.FAILED, 0, 0, starter + " died while it was starting it");
            case PidFile.Started(ProcessId process) when processes.lives(process) -> running(process);
            case PidFile.Started(ProcessId process) ->
                new ServiceState(Activity.FAILED, 0, 0, process + " ended by itself");
            case PidFile.Gone(String reason) -> new ServiceState(Activity.FAILED, 0, 0, reason);
        };
    }

    private ServiceState running(ProcessId process) {
        return new ServiceState(
                Activity.RUNNING,
                process.pid(),
                0,
                processes.run(process, context.layout().home(), found.is(process)),
                List.of(process.pid()),
                process + " runs");
    }

    /**
     * Only single processes are signalled here, never a group or session, and the updater, what started it and what it
     * started are left out ({@link #children}). What remains is an updater that is the service, or that goes down with
     * a container whose first process is the service.
     */
    @Override
    public Optional<String> stopKillsUpdater() throws UpdateFailure.Service {
        long pid = state().mainPid();
        if (pid == context.pid()) {
            return Optional.of("the pid file names the updater itself, process " + pid);
        }
        return pid == 1
                ? Optional.of("the agent is process 1, and everything in its container ends with it")
                : Optional.empty();
    }

    /**
     * {@inheritDoc}
     *
     * <p>{@code SIGTERM}, after the definition's stop-timeout-ms {@code SIGKILL}; then the same for the children it
     * leaves behind; then the pid file is removed. A process that double-forked away from the agent is not found.
     */
    @Override
    public void stop(Duration bound) throws UpdateFailure.Service {
        long start = context.clock().nanos();
        found.stopping();
        ProcessDefinition definition = definition();
        PidFile pidFile = pidFile(definition);
        if (settled(pidFile) instanceof PidFile.Started(ProcessId agent) && processes.lives(agent)) {
            Optional<String> fatal = stopKillsUpdater();
            if (fatal.isPresent()) {
                throw new UpdateFailure.Service(
                        context.spec().name() + " is not stopped: " + fatal.get(), "Stop it by hand");
            }
            Set<ProcessId> children = new HashSet<>(children(agent));
            processes.terminate(agent);
            if (!patience.until(() -> !processes.lives(agent), definition.stopTimeout())) {
                children.addAll(children(agent));
                processes.kill(agent);
            }
            Duration left = bound.minus(context.clock().since(start));
            requireEnd(agent, left.compareTo(KILL_BOUND) > 0 ? left : KILL_BOUND);
            endAll(children);
        }
        pidFile.delete();
    }

    /** What the agent started and runs; but for the updater, which it may have started too, and the processes around it. */
    private Set<ProcessId> children(ProcessId agent) {
        Set<ProcessId> children = new HashSet<>(processes.descendants(agent.pid()));
        if (children.stream().anyMatch(child -> child.pid() == context.pid())) {
            Set<Long> ours = new HashSet<>(processes.ancestors(context.pid()));
            ours.add(context.pid());
            processes.descendants(context.pid()).forEach(process -> ours.add(process.pid()));
            children.removeIf(child -> ours.contains(child.pid()));
        }
        return children;
    }

    private void endAll(Set<ProcessId> children) throws UpdateFailure.Service {
        children.forEach(processes::terminate);
        if (!patience.until(() -> children.stream().noneMatch(processes::lives), CHILDREN_BOUND)) {
            children.forEach(processes::kill);
            for (ProcessId child : children) {
                requireEnd(child, KILL_BOUND);
            }
        }
    }

    private void requireEnd(ProcessId process, Duration bound) throws UpdateFailure.Service {
        if (!patience.until(() -> !processes.lives(process), bound)) {
            throw new UpdateFailure.Service(
                    context.spec().name() + " could not be stopped: " + process + " is still there " + bound.toSeconds()
                            + " s after SIGKILL",
                    "It may belong to another user, or hang in the kernel: see /proc/" + process.pid() + "/status");
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Nothing when it runs. The pid file says that a start is under way before there is a process, and the process
     * writes itself down before it becomes the agent, so there is never an agent that the pid file does not lead to.
     */
    @Override
    public void start(List<String> stopped) throws UpdateFailure.Service {
        ProcessDefinition definition = definition();
        PidFile pidFile = pidFile(definition);
        if (settled(pidFile) instanceof PidFile.Started(ProcessId agent) && processes.lives(agent)) {
            found.found();
            return;
        }
        requireStartable(definition);
        pidFile.announce(processes.find(context.pid()).orElseGet(() -> new ProcessId(context.pid(), "")));
        Optional<Path> shell = context.commands().find(Shell.SHELLS);
        long pid;
        try (HostFiles.Appended opened = context.files().append(definition.output())) {
            output.starts(opened.path(), definition.output());
            pid = context.commands()
                    .startDetached(
                            argv(shell, definition, pidFile),
                            definition.directory(),
                            definition.environment(),
                            Optional.of(opened.path()));
        } catch (UpdateFailure.Service e) {
            pidFile.delete();
            throw e;
        } catch (IOException e) {
            pidFile.delete();
            throw new UpdateFailure.Service(
                    "could not open " + definition.output() + " for the output of "
                            + context.spec().name() + ": " + Reason.at(e),
                    "It must be a regular file in a directory that the updater's user may write",
                    e);
        }
        Optional<ProcessId> own = processes.find(pid);
        found.made(own);
        // What a process writes that is slower than that is the same, and a stop ends it before it removes the file.
        if (shell.isEmpty() || !pidFile.awaitRecord(pid, patience, START_BOUND)) {
            pidFile.record(own.orElseGet(() -> new ProcessId(pid, "ended at once")));
        }
    }

    private List<String> argv(Optional<Path> shell, ProcessDefinition definition, PidFile pidFile) {
        List<String> argv = new ArrayList<>();
        shell.ifPresent(program -> argv.addAll(List.of(
                program.toString(),
                "-c",
                ShellScripts.LAUNCH,
                "sh",
                pidFile.path().toString(),
                pidFile.realDirectory(context.layout().home()))));
        argv.addAll(definition.command());
        return argv;
    }

    private void requireStartable(ProcessDefinition definition) throws UpdateFailure.Service {
        Path program = definition.directory().resolve(definition.command().getFirst());
        if (context.commands().find(List.of(program)).isEmpty()) {
            throw cannotStart(program + " is not there, or not executable");
        }
        if (!Files.isDirectory(definition.directory())) {
            throw cannotStart(definition.directory() + " is not a directory");
        }
        requireOutput(definition);
        Path output = definition.output();
        try {
            Files.createDirectories(Optional.ofNullable(output.getParent()).orElse(output));
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    context.spec().name() + " cannot be started: could not create the directory of " + output + ": "
                            + e,
                    "",
                    e);
        }
    }

    private void requireOutput(ProcessDefinition definition) throws UpdateFailure.Service {
        Path output = definition.output();
        if (Files.isSymbolicLink(output)
                || (Files.exists(output, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(output))) {
            throw cannotStart("its output would go to " + output + ", which is no regular file");
        }
        if (Files.exists(output)) {
            try {
                context.files().append(output).close();
            } catch (IOException e) {
                throw cannotStart("its output cannot go to " + output + ": " + Reason.at(e));
            }
        }
    }

    private UpdateFailure.Service cannotStart(String reason) {
        return new UpdateFailure.Service(
                context.spec().name() + " cannot be started: " + reason, "Its definition is " + definitions.path());
    }

    /**
     * What the pid file says once a start that nobody sees to any more has come to its end: this object's own end within
     * {@link #start}, so one that is under way is of an updater that was killed, whatever its number was.
     */
    private PidFile.Content settled(PidFile pidFile) throws UpdateFailure.Service {
        patience.until(() -> !(pidFile.read() instanceof PidFile.Starting), ORPHAN_BOUND);
        return pidFile.read();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The file goes in place as it is, placeholders included, which are expanded whenever it is read.
     */
    @Override
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return new DefinitionChange.None();
        }
        byte[] content = found.get().content().toArray();
        ProcessDefinition definition = definitions.parse(content, found.get().source());
        requireMutable("pid-file", definition.pidFile());
        requireMutable("output", definition.output());
        requireOutput(definition);
        Path target = definitions.requirePath();
        if (definitions
                .read(target)
                .filter(installed -> Arrays.equals(installed, content))
                .isPresent()) {
            return new DefinitionChange.None(Optional.of(found.get().content()));
        }
        return new DefinitionChange.ReplaceFile(target, found.get().content(), DEFINITION_MODE);
    }

    @Override
    public void requireMet(Path staged, Path tree) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return;
        }
        StagedDefinition definition = found.get();
        ProcessDefinition after = definitions.parse(definition.content().toArray(), definition.source());
        after.requireMet(context.spec().name(), definitions.installed(), files(Optional.of(tree)));
    }

    @Override
    public void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {
        Optional<StagedDefinition> found =
                staged.isPresent() ? StagedDefinition.read(context, staged.get()) : Optional.empty();
        ProcessDefinition definition = found.isPresent()
                ? definitions.parse(found.get().content().toArray(), found.get().source())
                : definitions.installed();
        new StartDemands(
                        context.spec().name(),
                        definition,
                        found.isPresent() ? found.get().source() : definitions.requirePath(),
                        context.files(),
                        files(tree))
                .require();
    }

    private UpdatedFiles files(Optional<Path> tree) {
        return new UpdatedFiles(context, tree, context.layout().home().getRoot());
    }

    /** {@inheritDoc} The file that its definition names tells no times: what was in it when it was started is left out. */
    @Override
    public List<String> output(Instant since, Instant until, int most) throws UpdateFailure.Service {
        return output.lines(since, until, most);
    }

    @Override
    public Guard guard() {
        return watchdog;
    }

    private PidFile pidFile(ProcessDefinition definition) {
        return new PidFile(definition.pidFile(), context.files(), processes, definitions::foreign);
    }

    private ProcessDefinition definition() throws UpdateFailure.Service {
        try {
            return definitions.installed();
        } catch (UpdateFailure.Refused e) {
            throw new UpdateFailure.Service(e.getMessage(), e.advice(), e);
        }
    }

    /** A pid file or output that an undo takes back would contradict what runs. */
    private void requireMutable(String key, Path path) throws UpdateFailure.Refused {
        Path home = context.layout().home();
        if (!path.startsWith(home)) {
            return;
        }
        String relative =
                home.relativize(path).toString().replace(home.getFileSystem().getSeparator(), "/");
        boolean mutable = context.product().files().mutable().stream()
                .anyMatch(place -> place.endsWith("/") ? relative.startsWith(place) : relative.equals(place));
        if (!mutable || path.startsWith(context.layout().tmp())) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "the " + key + " " + path + " of " + context.spec().name()
                            + " is not in a place that updates leave alone",
                    "Put it into one of " + context.product().files().mutable() + " but tmp/, or outside home");
        }
    }
}
