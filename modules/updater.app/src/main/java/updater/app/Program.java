package updater.app;

import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Reason;
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
        host.console().settle();
        new OwnCopy(host.disk(), host.process().javaHome(), host.process().pid()).discard();
        return code;
    }

    private int ended(List<String> args) {
        try {
            Arguments line = ArgumentParser.parse(args);
            return switch (line.command()) {
                case HELP -> print(line.about().map(HelpText::of).orElseGet(HelpText::all));
                case COMPLETION -> print(Completion.of(line.subject().orElseThrow()));
                case VERSION -> print(Version.load().line(ProductDescriptor.name(line.target(), host)) + "\n");
                case PURGE -> {
                    int code = new PurgeRun(line, host).run().number();
                    if (line.json()) {
                        done(line, "what the updater kept on this host is removed");
                    }
                    yield code;
                }
                case STATUS -> status(line);
                case DOCTOR -> new DoctorCommand(line, host).run().number();
                case JOURNAL -> journal(line);
                case ALLOW_DOWNGRADE -> done(line, new AllowDowngradeCommand(line, host).run());
                case PLAN -> {
                    if (line.source().applied().isPresent()) {
                        host.lifetime().signals().listen(host.console());
                    }
                    yield new PlanCommand(line, host).run().number();
                }
                case METRICS -> metrics(line);
                case HISTORY -> new HistoryCommand(line, host).run();
                case HOLD, UNHOLD, RETRY -> done(line, new BrakesCommand(line, host).run());
                case UPDATE, APPLY, ROLLBACK, RECOVER, ENROLL -> {
                    host.lifetime().signals().listen(host.console());
                    yield new LockedRun(line, host).run().number();
                }
            };
        } catch (UpdateFailure failure) {
            if (changes(args) && ExitCode.of(failure) == ExitCode.REFUSED) {
                FailureMessage.of(failure, checks(args)).print(host.console());
            } else {
                host.console().failure(failure);
            }
            answer(args, Answer.failed(Answer.command(args), failure));
            return ExitCode.of(failure).number();
        } catch (InterruptedException e) {
            host.console().failure("interrupted", "Run 'updater recover'");
            answer(
                    args,
                    new Answer(Answer.command(args), ExitCode.INCOMPLETE, "", "interrupted", "Run 'updater recover'"));
            return ExitCode.INCOMPLETE.number();
        } catch (RuntimeException | Error e) {
            return broken(args, e).number();
        }
    }

    /** Whether there is a journal is not known where not even home was found: that is no reason to call it finished. */
    private ExitCode broken(List<String> args, Throwable error) {
        boolean changing =
                args.isEmpty() || args.contains("recover") || args.contains("apply") || args.contains("rollback");
        String advice = changing ? "Run 'updater status': it says whether an update is unfinished" : "";
        String code = changing ? "" : RefusalCode.INTERNAL_ERROR.text();
        String message = "internal error: " + Reason.ofUnexpected(error);
        ExitCode exit = changing ? ExitCode.INCOMPLETE : ExitCode.REFUSED;
        host.console().failure(message + (changing ? "" : " [" + code + "]"), advice);
        answer(args, new Answer(Answer.command(args), exit, code, message, advice));
        return exit;
    }

    /** Whether it is an update that was refused, and not a look at something or a recovery, which finds it half way. */
    private static boolean changes(List<String> args) {
        String command = Answer.command(args);
        return command.isEmpty() || command.equals(Command.APPLY.word()) || command.equals(Command.ROLLBACK.word());
    }

    /** Returns the command that checks again what was refused: of a bundle that was applied, nothing is staged any more. */
    private static String checks(List<String> args) {
        return Answer.command(args).equals(Command.APPLY.word()) ? "updater plan BUNDLE" : "updater doctor";
    }

    private void answer(List<String> args, Answer answer) {
        if (Answer.isAsked(args)) {
            host.console().printText(answer.json());
        }
    }

    /** Prints what a command says that did what was asked for. */
    private int done(Arguments line, String message) {
        return print(line.json() ? Answer.done(line.command(), message).json() : message);
    }

    private int print(String text) {
        host.console().printText(text);
        return ExitCode.DONE.number();
    }

    private int status(Arguments line) throws UpdateFailure {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        return status(finder).run(line.json(), line.verbose(), agent(finder), guardReady(finder));
    }

    private StatusCommand status(InstallationFinder finder) throws UpdateFailure {
        Processes processes = HostProcesses.of(host.system().os());
        return new StatusCommand(
                host.disk(), finder.layout(), LockHolder.Look.at(processes), host.clock()::now, host.console());
    }

    /** What would refuse an update is asked last: it may start programs of the service manager. */
    private int metrics(Arguments line) throws UpdateFailure, InterruptedException {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        StatusCommand status = status(finder);
        MetricsText.Facts facts = new MetricsText.Facts(
                finder.descriptor().product().name(),
                Version.load().version(),
                status.now(),
                guardReady(finder),
                status.report(),
                new DoctorCommand(line, host).find().problems());
        return print(MetricsText.of(facts));
    }

    private int journal(Arguments line) throws UpdateFailure {
        HomeLayout layout = new InstallationFinder(line.target(), host).layout();
        return new JournalCommand(layout.journal(), LogChannels.ofFileSystem(), host.console()).run(line.json());
    }

    private static Optional<AgentNow> agent(InstallationFinder finder) {
        try {
            return AgentNow.of(finder.context());
        } catch (UpdateFailure e) {
            return Optional.empty();
        }
    }

    /** A host whose service manager is not found still has a report to show. */
    private static Optional<Boolean> guardReady(InstallationFinder finder) {
        try {
            return Optional.of(finder.context().service().guard().ready());
        } catch (UpdateFailure e) {
            return Optional.empty();
        }
    }
}
