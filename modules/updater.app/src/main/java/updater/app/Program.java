package updater.app;

import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.app.host.OwnCopy;
import updater.app.host.ProductDescriptor;
import updater.processes.HostProcesses;
import updater.processes.Processes;
import updater.state.log.LogChannels;

/** The command line's dispatcher: parses the arguments and hands over to one command. */
public final class Program {
    private final Host host;

    public Program(Host host) {
        this.host = host;
    }

    /** Runs the command and returns its exit code. A runtime that was copied for it is gone then, or the installed one. */
    public int run(List<String> args) {
        int code = ended(args);
        new OwnCopy(host.disk(), host.javaHome(), host.pid()).discard();
        return code;
    }

    private int ended(List<String> args) {
        try {
            Arguments line = Arguments.parse(args);
            return switch (line.command()) {
                case HELP -> print(line.about().map(HelpText::of).orElseGet(HelpText::all));
                case COMPLETION -> print(Completion.of(line.subject().orElseThrow()));
                case VERSION -> print(Version.load().line(ProductDescriptor.name(line.target(), host)) + "\n");
                case PURGE -> new PurgeRun(line, host).run().number();
                case STATUS -> status(line);
                case DOCTOR -> new DoctorCommand(line, host).run().number();
                case JOURNAL -> journal(line);
                case ALLOW_DOWNGRADE -> print(new AllowDowngradeCommand(line, host).run());
                case PLAN -> {
                    if (line.applied().isPresent()) {
                        host.signals().listen(host.console());
                    }
                    yield new PlanCommand(line, host).run().number();
                }
                case METRICS -> metrics(line);
                case HISTORY -> new HistoryCommand(line, host).run();
                case HOLD, UNHOLD, RETRY -> print(new BrakesCommand(line, host).run());
                case UPDATE, APPLY, ROLLBACK, RECOVER, ENROLL -> {
                    host.signals().listen(host.console());
                    yield new LockedRun(line, host).run().number();
                }
            };
        } catch (UpdateFailure failure) {
            host.console().failure(failure);
            return ExitCode.of(failure).number();
        } catch (InterruptedException e) {
            host.console().failure("interrupted", "Run 'updater recover'");
            return ExitCode.INCOMPLETE.number();
        } catch (RuntimeException | Error e) {
            return broken(args, e).number();
        }
    }

    /** Whether there is a journal is not known where not even home was found: that is no reason to call it finished. */
    private ExitCode broken(List<String> args, Throwable error) {
        boolean changing =
                args.isEmpty() || args.contains("recover") || args.contains("apply") || args.contains("rollback");
        host.console()
                .failure(
                        "internal error: " + error + (changing ? "" : " [" + RefusalCode.INTERNAL_ERROR.text() + "]"),
                        changing ? "Run 'updater status': it says whether an update is unfinished" : "");
        return changing ? ExitCode.INCOMPLETE : ExitCode.REFUSED;
    }

    private int print(String text) {
        host.console().printText(text);
        return ExitCode.DONE.number();
    }

    private int status(Arguments line) throws UpdateFailure {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        return status(finder).run(line.json(), line.verbose(), guardArmed(finder));
    }

    private StatusCommand status(InstallationFinder finder) throws UpdateFailure {
        Processes processes = HostProcesses.of(host.os());
        return new StatusCommand(
                host.disk(), finder.layout(), holder -> holder.runs(processes), host.clock()::now, host.console());
    }

    /** What would refuse an update is asked last: it may start programs of the service manager. */
    private int metrics(Arguments line) throws UpdateFailure, InterruptedException {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        StatusCommand status = status(finder);
        MetricsText.Facts facts = new MetricsText.Facts(
                finder.descriptor().product().name(),
                Version.load().version(),
                status.now(),
                guardArmed(finder),
                status.report(),
                new DoctorCommand(line, host).find().problems());
        return print(MetricsText.of(facts));
    }

    private int journal(Arguments line) throws UpdateFailure {
        HomeLayout layout = new InstallationFinder(line.target(), host).layout();
        return new JournalCommand(layout.journal(), LogChannels.ofFileSystem(), host.console()).run();
    }

    /** A host whose service manager is not found still has a report to show. */
    private static Optional<Boolean> guardArmed(InstallationFinder finder) {
        try {
            return Optional.of(finder.context().service().guard().armed());
        } catch (UpdateFailure e) {
            return Optional.empty();
        }
    }
}
