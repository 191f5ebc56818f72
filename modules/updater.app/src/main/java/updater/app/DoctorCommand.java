package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Os;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManagerProvider;
import updater.api.service.ServiceManagerProvider.Detection;
import updater.app.host.HomeFinder;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.app.host.ProductDescriptor;
import updater.app.host.ServiceManagerChoice;
import updater.app.host.StateDirectory;
import updater.fs.Directory;
import updater.fs.UpdaterLock;
import updater.json.Json;
import updater.processes.HostProcesses;
import updater.processes.Processes;
import updater.release.TrustState;
import updater.state.document.PreviousVersion;
import updater.transaction.Engine;
import updater.transaction.context.CheckResult;
import updater.transaction.context.EventLog;
import updater.transaction.context.TrustFile;
import updater.transaction.context.UpdateContext;

/**
 * The command that prints what was found on this host, and why an update would be refused: it asks the checks that an update
 * asks, and ends as that would. Changes nothing.
 */
record DoctorCommand(Arguments line, Host host) {
    /** What one provider says of this host. */
    record Finding(String provider, Detection detection) {}

    /**
     * What all providers say.
     *
     * @param findings one for each, in the order they were asked
     * @param chosen the one that an update would use
     */
    record Providers(List<Finding> findings, Optional<String> chosen) {
        Providers {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Everything there is to print.
     *
     * @param checks what the checks of the preflight found; empty where they could not be asked
     * @param releases what is known of the releases that are believed, one sentence each
     * @param problems what would make an update be refused, the first one first
     */
    record Findings(
            Product product,
            Where where,
            Now now,
            Providers providers,
            List<CheckResult> checks,
            List<String> releases,
            List<UpdateFailure> problems) {
        Findings {
            checks = List.copyOf(checks);
            releases = List.copyOf(releases);
            problems = List.copyOf(problems);
        }

        /** Returns how an update would end that is refused; otherwise 0. */
        ExitCode exit() {
            return problems.stream().findFirst().map(ExitCode::of).orElse(ExitCode.DONE);
        }
    }

    /**
     * Where things are, and what is kept there.
     *
     * @param descriptor what the product descriptor was read from, for people
     * @param home where the agent is and what named it; empty when that is unknown
     * @param state the state directory; empty when it is unknown
     * @param runtime the runtime this updater runs from
     * @param previous the version that can be gone back to; empty where none is kept
     */
    record Where(String descriptor, String home, String state, Path runtime, Optional<PreviousVersion> previous) {}

    /**
     * What is true now, whatever an update would do.
     *
     * @param line what an operator reads first; empty while nothing is under way
     * @param status the same for programs; empty when home is unknown
     * @param agent what the service manager says of the agent; empty when that is not known
     * @param damaged which records of the state directory cannot be read, a sentence each
     */
    record Now(Optional<String> line, Optional<Json> status, Optional<AgentNow> agent, List<String> damaged) {
        /** Nothing is known. */
        static final Now UNKNOWN = new Now(Optional.empty(), Optional.empty(), Optional.empty(), List.of());

        Now {
            damaged = List.copyOf(damaged);
        }

        private static Now of(CurrentStatus status, HomeLayout layout, Optional<AgentNow> agent) {
            return new Now(
                    status.endedByApply(layout).or(() -> status.line(layout)),
                    Optional.of(status.json(agent)),
                    agent,
                    status.damaged());
        }
    }

    /** Prints what is found on this host, and returns how an update would end that is refused; otherwise 0. */
    ExitCode run() throws UpdateFailure, InterruptedException {
        Findings found = find();
        host.console().printText(line.json() ? DoctorJson.of(found) : DoctorText.of(found));
        return found.exit();
    }

    /** Returns what is found. */
    Findings find() throws UpdateFailure, InterruptedException {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        ProductDescriptor descriptor = finder.descriptor();
        List<Finding> findings = new ArrayList<>();
        for (ServiceManagerProvider provider : host.system().providers()) {
            findings.add(
                    new Finding(provider.name(), provider.detect(host.system().commands())));
        }
        List<UpdateFailure> problems = new ArrayList<>();
        String home = "";
        String state = "";
        Optional<PreviousVersion> previous = Optional.empty();
        Optional<String> chosen = Optional.empty();
        Now now = Now.UNKNOWN;
        List<CheckResult> checks = List.of();
        List<String> releases = List.of();
        try {
            HomeFinder.Home found = finder.home();
            home = found.directory() + " (" + found.origin() + ")";
            state = finder.layout().state().toString();
            previous = PreviousText.of(host.disk(), finder.layout());
            CurrentStatus status = status(finder.layout());
            now = Now.of(status, finder.layout(), Optional.empty());
            TrustState remembered = new TrustFile(host.disk(), finder.layout()).read();
            releases = TrustText.lines(
                    descriptor.product().trust(), remembered, host.clock().now());
            chosen = Optional.of(ServiceManagerChoice.choose(
                            host, descriptor.product(), line.target().serviceManager())
                    .name());
            UpdateContext context = finder.context();
            now = Now.of(status, context.layout(), AgentNow.of(context));
            underWay(context.layout()).ifPresent(problems::add);
            checks =
                    new Engine(context, LockedRun.invocation(line, host), (phase, took) -> {}, EventLog.NONE).examine();
            for (CheckResult check : checks) {
                check.refusal().ifPresent(failure -> problems.add(Engine.explain(failure, context, true)));
            }
        } catch (UpdateFailure e) {
            problems.add(e);
        }
        return new Findings(
                descriptor.product(),
                new Where(descriptor.origin(), home, state, host.process().javaHome(), previous),
                now,
                new Providers(findings, chosen),
                checks,
                releases,
                problems);
    }

    private CurrentStatus status(HomeLayout layout) {
        Processes processes = HostProcesses.of(host.system().os());
        return CurrentStatus.observe(
                host.disk(), layout, LockHolder.Look.at(processes), host.clock().now());
    }

    /** Returns what an update meets before it asks any check: another updater, a state directory of others, or a journal. */
    private Optional<UpdateFailure> underWay(HomeLayout layout) throws UpdateFailure {
        if (!Files.isDirectory(layout.state())) {
            return Optional.empty();
        }
        StateDirectory.secure(layout.state(), host.user());
        try (Directory state = host.disk().open(layout.state())) {
            Processes processes = HostProcesses.of(host.system().os());
            String holder = UpdaterLock.holder(state);
            if (LockHolder.parse(holder)
                    .filter(LockHolder.Look.at(processes)::runs)
                    .isPresent()) {
                return Optional.of(LockTaking.busy(host, layout, holder));
            }
            // Where 'apply' is, it ends that one and goes on.
            return state.lookup("journal").isEmpty() || host.system().os() == Os.LINUX
                    ? Optional.empty()
                    : Optional.of(unfinished(layout));
        } catch (IOException e) {
            throw new UpdateFailure.Disk("use", layout.state(), e);
        }
    }

    /** Returns what an update meets whose bundle is staged: what lies there is the unfinished update's. */
    static UpdateFailure unfinished(HomeLayout layout) {
        return new UpdateFailure.Refused(
                RefusalCode.UPDATE_UNFINISHED,
                "an update is unfinished: the next one would end it, and be refused itself",
                "Run '" + layout.stateLauncher() + " recover'");
    }
}
