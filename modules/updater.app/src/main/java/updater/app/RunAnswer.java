package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.state.document.PreviousVersion;
import updater.state.document.UpdateReport;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;

/** What a run under the lock says of itself on the console, for people or as JSON. */
record RunAnswer(Arguments line, Host host) {
    void whatComes(UpdateContext context) throws UpdateFailure {
        try {
            Optional<PreviousVersion> previous =
                    new PreviousTree(context).read().filter(PreviousVersion::whole);
            if (previous.isPresent() && !line.json()) {
                host.console().print(PreviousText.coming(previous.get()));
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("look at", context.layout().state(), e);
        }
    }

    void ended(UpdateContext context, UpdateResult outcome) {
        HomeLayout layout = context.layout();
        if (ExitCode.of(Optional.of(outcome.kind())) != ExitCode.DONE) {
            FailureMessage.of(outcome, layout).print(host.console());
        } else if (outcome.kind() != UpdateReport.Outcome.UPDATED) {
            host.console().failure(outcome.reason(), outcome.advice());
        } else if (!outcome.activeAfter()) {
            host.console()
                    .failure(
                            "the new version is in place; the agent was stopped before, and stays so",
                            "Start it as it is always started; '" + layout.stateLauncher()
                                    + " status' says whether it runs");
        }
        if (line.json()) {
            new StatusCommand(host.disk(), layout, pid -> false, host.clock()::now, host.console())
                    .run(true, false, AgentNow.of(context), Optional.empty());
        }
    }

    void enrolled(Optional<String> withoutTrigger) {
        if (line.json()) {
            String message = "this updater is the one of this host"
                    + withoutTrigger.map(why -> "; " + why).orElse("");
            host.console().printText(Answer.done(line.command(), message).json());
        } else {
            withoutTrigger.ifPresent(host.console()::print);
        }
    }

    /**
     * Where no update ended there is no report to print. A guard asks every 15 s while a version is on probation, and nobody is
     * to read its answer in a log.
     */
    void nothingEnded(UpdateContext context) throws IOException {
        if (line.command() == Command.ENROLL) {
            return;
        }
        String message = line.command() == Command.APPLY ? "there is no request" : "no update is unfinished";
        if (line.json()) {
            host.console().printText(Answer.done(line.command(), message).json());
        } else if (line.command() == Command.RECOVER) {
            boolean probation =
                    new ProbationFile(context.disk(), context.layout()).read().isPresent();
            if (!probation || host.console().isTerminal()) {
                host.console().print(message + (probation ? "; the installed version is still on probation" : ""));
            }
        }
    }

    /** A recovery cannot help, and is not to look as if it had. */
    ExitCode stillDamaged(HomeLayout layout, Path damaged) {
        String message = "an update failed, and its journal was damaged: it lies aside as " + damaged
                + ", and home may hold files of two versions";
        String advice =
                "Install a version that worked: '" + layout.stateLauncher() + " apply BUNDLE'; where home is as it"
                        + " should be, '" + layout.stateLauncher() + " recover --give-up' ends this";
        host.console().failure(message, advice);
        if (line.json()) {
            host.console()
                    .printText(new Answer(line.command().word(), ExitCode.INCOMPLETE, "", message, advice).json());
        }
        return ExitCode.INCOMPLETE;
    }

    /**
     * Says what is true after an error that nobody expected, as when memory ran out. With a journal an update is
     * unfinished, and the guard or an operator finishes it. Where that cannot be told, it is taken for unfinished.
     */
    ExitCode broken(HomeLayout layout, Throwable error) {
        boolean unfinished = !Files.notExists(layout.journal(), LinkOption.NOFOLLOW_LINKS);
        String message = "internal error: " + Reason.ofUnexpected(error);
        String code = unfinished ? "" : RefusalCode.INTERNAL_ERROR.text();
        String advice = unfinished
                ? "Backup and journal are kept: run '" + layout.stateLauncher() + " recover'"
                : "No update is unfinished: '" + layout.stateLauncher() + " status' says how the last one ended";
        ExitCode exit = unfinished ? ExitCode.INCOMPLETE : ExitCode.REFUSED;
        host.console().failure(message + (unfinished ? "" : " [" + code + "]"), advice);
        if (line.json()) {
            host.console().printText(new Answer(line.command().word(), exit, code, message, advice).json());
        }
        return exit;
    }
}
