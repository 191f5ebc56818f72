package updater.service.macos;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.processes.FoundRun;
import updater.processes.Processes;

/**
 * One job of launchd's system domain, as a service.
 *
 * <p>launchd reads a property list when a job is loaded, and never again. So a stop is a {@code bootout}, after which
 * launchd can neither restart the job nor knows its old definition, a start is a {@code bootstrap} and a
 * {@code kickstart}, and there is nothing in between to be read again. That a job is loaded anew for every start is
 * wanted for another reason, too: launchd binds a loaded job to the code signature of its program, and kills the next
 * one that is signed otherwise.
 *
 * <p>Whether the job is loaded at boot is decided by its property list, which is replaced in place, and by launchd's
 * own list of what is disabled. That one is touched for a job only that is disabled although it runs, since launchd
 * loads nothing that is disabled, and brought back at once.
 */
final class Launchd implements ServiceManager {
    private final ServiceContext context;
    private final Job job;
    private final Processes processes;
    private final ProcessGroups groups;
    private final LaunchdDefinition definition;
    private final Quarantine quarantine;
    private final LaunchdGuard guard;
    private final LoadPermission permission;

    private final FoundRun found;

    /** Whether this process started it, and it should be there. */
    private boolean started;

    Launchd(ServiceContext context, Path root, Processes processes, ProcessGroups groups) {
        Launchctl launchctl = new Launchctl(context.commands(), root);
        this.context = context;
        this.processes = processes;
        this.found = new FoundRun(processes);
        this.groups = groups;
        this.definition = new LaunchdDefinition(context, root);
        this.job = new Job(launchctl, context.spec().name(), definition.installed());
        this.quarantine = new Quarantine(context.commands(), root);
        this.permission = new LoadPermission(job, context);
        this.guard = new LaunchdGuard(launchctl, context, root, processes, groups);
    }

    @Override
    public ServiceFacts inspect() throws UpdateFailure {
        if (!job.label().matches("[A-Za-z0-9_][A-Za-z0-9_. -]*")) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_NAME_INVALID,
                    "'" + job.label() + "' is no label of a launchd job",
                    "Correct the name of the service in the product descriptor");
        }
        Optional<PropertyList> plist = definition.read();
        definition.requireLoadable();
        Optional<JobState> loaded = job.state();
        boolean disabled = job.disabled().orElse(false);
        if (loaded.isEmpty() && disabled) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_DISABLED,
                    job.label() + " is disabled: an operator has forbidden launchd to load it",
                    "Enable it first: launchctl enable " + job.target());
        }
        if (loaded.isPresent() && !loadedFrom(loaded.get(), job.plist())) {
            // Nor would it be there after the next boot.
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "launchd has loaded %s from %s, and not from %s"
                            .formatted(job.label(), loaded.get().path(), job.plist()),
                    "Load it from there: launchctl bootout " + job.target() + "; launchctl bootstrap system "
                            + job.plist());
        }
        Optional<Duration> timeout =
                loaded.flatMap(JobState::exitTimeout).or(() -> plist.flatMap(found -> found.seconds("ExitTimeOut")));
        return new ServiceFacts(
                loaded.filter(JobState::active).isPresent(),
                disabled ? "disabled" : "enabled",
                List.of(),
                JobStop.exitTimeout(timeout),
                "");
    }

    /** {@code /private/var} and {@code /var} are the same on macOS. */
    private static boolean loadedFrom(JobState state, Path plist) {
        if (state.path().isEmpty() || state.path().equals(plist.toString())) {
            return true;
        }
        try {
            return plist.toRealPath()
                    .equals(plist.getFileSystem().getPath(state.path()).toRealPath());
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }

    @Override
    public Optional<String> otherHome() {
        return definition.elsewhere();
    }

    @Override
    public List<String> warnings() {
        return quarantine.warning().stream().toList();
    }

    /**
     * {@inheritDoc}
     *
     * <p>A job that this process has started and launchd no longer knows was thrown out by launchd itself, as it does
     * with a program that it is not allowed to execute.
     */
    @Override
    public ServiceState state() throws UpdateFailure.Service {
        Optional<JobState> loaded = job.state();
        if (loaded.isPresent()) {
            return loaded.get().toServiceState(processes, context.layout().home(), found::is);
        }
        return started
                ? new ServiceState(
                        ServiceState.Activity.FAILED,
                        0,
                        0,
                        "launchd has removed the job, as it does when macOS refuses to execute its program")
                : new ServiceState(ServiceState.Activity.INACTIVE, 0, 0, "not loaded");
    }

    /**
     * {@inheritDoc}
     *
     * <p>When a job's process ends, launchd kills what else is in its process group, unless the property list says
     * {@code AbandonProcessGroup} (launchd.plist(5)). launchd makes every job the leader of a group of its own.
     */
    @Override
    public Optional<String> stopKillsUpdater() throws UpdateFailure.Service {
        Optional<JobState> loaded = job.state();
        if (loaded.isEmpty() || loaded.get().pid() == 0) {
            return Optional.empty();
        }
        long pid = loaded.get().pid();
        if (pid == context.pid()) {
            return Optional.of("the updater is the job's own process, " + pid);
        }
        return endsWholeGroup() && groups.members(pid).contains(context.pid())
                ? Optional.of("it is in the process group of the job, " + pid
                        + ", which launchd ends along with it (AbandonProcessGroup is not set in " + job.plist() + ")")
                : Optional.empty();
    }

    private boolean endsWholeGroup() {
        try {
            return !definition
                    .read()
                    .map(plist -> plist.isTrue("AbandonProcessGroup"))
                    .orElse(false);
        } catch (UpdateFailure.Refused e) {
            // In the middle of an update there may be none to read.
            return true;
        }
    }

    @Override
    public void stop(Duration bound) throws UpdateFailure.Service {
        started = false;
        found.stopping();
        new JobStop(job, processes, groups, context.clock()).run(bound, endsWholeGroup());
    }

    /**
     * {@inheritDoc}
     *
     * <p>A {@code kickstart} disregards the pause launchd makes before it spawns a crashed job again, and a job that is
     * loaded anew has no crashes behind it.
     */
    @Override
    public void start(List<String> stopped) throws UpdateFailure.Service {
        if (permission.needed()) {
            permission.give();
        }
        if (new JobStart(job, context.clock()).run()) {
            found.found();
        } else {
            found.made(Optional.empty());
        }
        permission.takeBack();
        started = true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>There are none: launchd knows no dependencies between jobs. It is the last call of every update and recovery,
     * so what an updater that died has left of {@link #start} is finished here.
     */
    @Override
    public void startDependents(List<String> services) throws UpdateFailure.Service {
        permission.takeBack();
    }

    @Override
    public DefinitionChange compareDefinition(Path staged) throws UpdateFailure {
        return definition.compare(
                staged, job.disabled().filter(disabled -> !disabled).isPresent());
    }

    @Override
    public void requireMet(Path staged, Path tree) throws UpdateFailure {
        definition.requireMet(staged, tree);
    }

    @Override
    public void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {
        definition.requireStartable(staged, tree, job.disabled().isPresent());
    }

    @Override
    public void relabel(List<Path> placed) throws UpdateFailure.Service {
        quarantine.remove(placed);
    }

    @Override
    public Guard guard() {
        return guard;
    }
}
