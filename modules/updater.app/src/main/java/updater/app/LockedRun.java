package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.zip.Inflater;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.app.host.HostPlatform;
import updater.app.host.InstallationFinder;
import updater.app.host.StateDirectory;
import updater.app.log.JsonLogHandler;
import updater.app.log.LogFile;
import updater.fs.Directory;
import updater.fs.UpdaterLock;
import updater.processes.HostProcesses;
import updater.state.document.PreviousVersion;
import updater.state.document.UpdateReport;
import updater.transaction.Engine;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;

/** An update, a recovery or another change under the lock, with its log open. */
record LockedRun(Arguments line, Host host) {
    /** Does what the command says, and returns how that went. */
    ExitCode run() throws UpdateFailure, InterruptedException {
        boolean update = switch (line.command()) {
            case UPDATE, APPLY, ROLLBACK -> true;
            default -> false;
        };
        loadDecompressor();
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        UpdateContext context = line.command() == Command.RECOVER ? finder.unfinished() : finder.context();
        try {
            return run(context, update);
        } catch (RuntimeException | Error e) {
            return broken(context.layout(), e);
        }
    }

    /**
     * Says what is true after an error that nobody expected, as when memory ran out. With a journal an update is
     * unfinished, and the guard or an operator finishes it. Where that cannot be told, it is taken for unfinished.
     */
    private ExitCode broken(HomeLayout layout, Throwable error) {
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

    private ExitCode run(UpdateContext context, boolean update) throws UpdateFailure, InterruptedException {
        HomeLayout layout = context.layout();
        if (line.command() == Command.ENROLL) {
            new Engine(context, invocation(), host.console(), EventLog.NONE).requireOwnRuntime();
        }
        try {
            StateDirectory.secure(layout.state(), host.user());
        } catch (UpdateFailure e) {
            throw refusedWithoutLock(Engine.explain(e, context, update), layout);
        }
        try (Directory state = host.disk().open(layout.state())) {
            try (UpdaterLock _ = acquire(context, state)) {
                requireRuntime();
                clearAside(context);
                return logged(context, update);
            }
        } catch (IOException e) {
            throw Engine.explain(new UpdateFailure.Disk("use", layout.state(), e), context, update);
        }
    }

    /**
     * Takes the lock. An agent may be offered its next version while the updater of this one cleans up, and starts an updater
     * only once: that one waits, for as long as its agent does. Others wait for a recovery only.
     */
    private UpdaterLock acquire(UpdateContext context, Directory state)
            throws UpdateFailure, IOException, InterruptedException {
        if (line.command() != Command.UPDATE || line.source().offer().isPresent()) {
            return new LockTaking(line, host).take(context.layout(), state);
        }
        UpdaterLock.Attempt attempt = UpdaterLock.tryAcquire(state, holder(line, host));
        if (attempt instanceof UpdaterLock.Attempt.Busy(String holder)) {
            host.console().failure(busy(host, context.layout(), holder).getMessage() + ": waiting for it", "");
            return waited(context, state, holder);
        }
        return ((UpdaterLock.Attempt.Acquired) attempt).lock();
    }

    private UpdaterLock waited(UpdateContext context, Directory state, String first)
            throws UpdateFailure, IOException, InterruptedException {
        Duration patience = LockPatience.of(context.service());
        String holder = first;
        while (host.lifetime().uptime().get().compareTo(patience) < 0
                && host.lifetime().wanted().getAsBoolean()) {
            Optional<String> signal = host.lifetime().signals().termination().requested();
            if (signal.isPresent()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.INTERRUPTED,
                        signal.get() + " asked this updater to end while it waited for another one",
                        "Start the update again");
            }
            context.clock().pause(LockPatience.PAUSE);
            switch (UpdaterLock.tryAcquire(state, holder(line, host))) {
                case UpdaterLock.Attempt.Acquired(UpdaterLock lock) -> {
                    requireStaged(context, lock);
                    return lock;
                }
                case UpdaterLock.Attempt.Busy(String other) -> holder = other;
            }
        }
        throw busy(host, context.layout(), holder);
    }

    /** What the other one had been started for, too, has its outcome; a refusal must not be reported over it. */
    private static void requireStaged(UpdateContext context, UpdaterLock lock)
            throws UpdateFailure.Refused, IOException {
        if (!Files.isDirectory(context.layout().staged(), LinkOption.NOFOLLOW_LINKS)) {
            lock.close();
            throw new UpdateFailure.Refused(
                    RefusalCode.EARLIER_UPDATE_ENDED,
                    "another updater was at work and has ended meanwhile, and nothing is staged any more at "
                            + context.layout().staged(),
                    "See 'updater status' for how it ended");
        }
    }

    private ExitCode logged(UpdateContext context, boolean update) throws UpdateFailure, InterruptedException {
        boolean unfinished = Files.exists(context.layout().journal());
        try (JsonLogHandler logs =
                LogFile.open(host.disk(), context.layout(), host.console(), begins(update) && !unfinished)) {
            EventLog log = logs.log("app");
            Engine engine = new Engine(context, invocation(), host.console(), log);
            Optional<UpdateResult> outcome = outcome(context, engine, log);
            if (outcome.isPresent()) {
                ended(context, outcome.get(), log);
            } else {
                // A guard looks at a version on probation every 15 s: what finds nothing writes nothing.
                Optional<Path> damaged = line.command() == Command.RECOVER
                        ? new DamagedJournal(context.disk(), context.layout()).find()
                        : Optional.empty();
                if (damaged.isPresent()) {
                    return stillDamaged(context.layout(), damaged.get());
                }
                nothingEnded(context);
            }
            return ExitCode.of(outcome.map(UpdateResult::kind));
        } catch (IOException e) {
            throw new UpdateFailure.Disk("look at", context.layout().state(), e);
        }
    }

    /** A recovery cannot help, and is not to look as if it had. */
    private ExitCode stillDamaged(HomeLayout layout, Path damaged) {
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

    /** What an updater wrote that has become this one stays. */
    private boolean begins(boolean update) {
        return update && line.source().offer().isEmpty();
    }

    private Optional<UpdateResult> outcome(UpdateContext context, Engine engine, EventLog log)
            throws UpdateFailure, InterruptedException {
        try {
            if (line.command() == Command.APPLY) {
                ApplyRun apply = new ApplyRun(line, host, context, engine);
                return line.source().applied().isPresent()
                        ? Optional.of(apply.run(line.source().applied().get()))
                        : apply.answer();
            }
            return switch (line.command()) {
                case UPDATE -> Optional.of(engine.update(line.source().offer()));
                case ROLLBACK -> {
                    sayWhatComes(context);
                    yield Optional.of(engine.goBack());
                }
                case ENROLL -> {
                    engine.enroll();
                    enrolled(new TriggerSetting(context, invocation().guardOptions()).install());
                    yield Optional.empty();
                }
                default -> engine.takeTurn(line.giveUp());
            };
        } catch (UpdateFailure e) {
            switch (line.command()) {
                case APPLY -> engine.reportRefusal(e);
                case ENROLL -> log.error("refused, nothing was changed: " + e.fullMessage(), "code", code(e));
                default -> {}
            }
            tell(context, e.fullMessage(), log);
            throw e;
        } catch (RuntimeException | Error e) {
            log.error("internal error", e);
            tell(context, "internal error: " + Reason.ofUnexpected(e), log);
            throw e;
        }
    }

    private void enrolled(Optional<String> withoutTrigger) {
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
    private void nothingEnded(UpdateContext context) throws IOException {
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

    private void sayWhatComes(UpdateContext context) throws UpdateFailure {
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

    /** An agent that made a request reads no console, and waits. An unfinished update is answered by its recovery. */
    private void tell(UpdateContext context, String message, EventLog log) {
        if (line.requested() && Files.notExists(context.layout().journal(), LinkOption.NOFOLLOW_LINKS)) {
            try {
                new OfferedStatus(context).refuse(message);
            } catch (IOException e) {
                log.warning("could not answer the request in the status file", e);
            }
        }
    }

    private void ended(UpdateContext context, UpdateResult outcome, EventLog log) {
        HomeLayout layout = context.layout();
        log.info("ended", "outcome", outcome.kind(), "reason", outcome.reason());
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

    private Invocation invocation() {
        return invocation(line, host);
    }

    /** Returns what this process is, for an update or a look at what one would do. */
    static Invocation invocation(Arguments line, Host host) {
        return new Invocation(
                Version.load().version(),
                new Invocation.OwnRuntime(
                        host.process().javaHome(),
                        host.system().commands(),
                        host.lifetime().wanted(),
                        host.lifetime().signals().termination()),
                host.user(),
                HostPlatform.of(host.process().javaHome()),
                line.atBoot()
                        ? host.system().boot().asUnderWay()
                        : host.system().boot(),
                line.source().offer().isPresent()
                        ? () -> Duration.ZERO
                        : host.lifetime().uptime(),
                line.target()
                        .serviceManager()
                        .map(manager -> List.of("--service-manager", manager))
                        .orElse(List.of()));
    }

    /**
     * Classes are compressed in the image. That stays mapped when another updater's clean-up removes it, but the library
     * that unpacks them is looked up by path when it is first needed.
     */
    static void loadDecompressor() {
        new Inflater().end();
    }

    /** Another updater may have used up the staged tree meanwhile, and with it the runtime that this one runs from. */
    private void requireRuntime() throws UpdateFailure.Refused {
        if (!Files.isDirectory(host.process().javaHome())) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RUNTIME_UNUSABLE,
                    "the runtime that this updater was started from, "
                            + host.process().javaHome() + ", is gone: another update came to its end meanwhile",
                    "Unpack the bundle and start the update again");
        }
    }

    /** Removes what an earlier run had to set aside because it was in use. */
    private static void clearAside(UpdateContext context) throws UpdateFailure {
        try {
            context.disk().clearAside();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("clear", context.layout().home().resolve(HomeLayout.ASIDE), e);
        }
    }

    /** One that a signal has stopped does not end, however long it is waited for. */
    static UpdateFailure busy(Host host, HomeLayout layout, String holder) {
        Optional<LockHolder> known = LockHolder.parse(holder);
        String who = known.map(LockHolder::forPeople)
                .orElseGet(() -> holder.isBlank() ? "a process that has only just started" : holder.strip());
        Optional<LockHolder> suspended =
                known.filter(LockHolder.Look.at(HostProcesses.of(host.system().os()))::suspended);
        return new UpdateFailure.Busy(
                "another updater is at work on " + layout.home() + ": " + who
                        + (suspended.isPresent() ? ", but a signal has stopped it" : ""),
                suspended
                        .map(LockHolder::wakened)
                        .orElse("Wait for it to end: '" + layout.stateLauncher() + " status' says when it has"));
    }

    /** The agent discards our console output, so a refusal is logged even though the log belongs to the lock's holder. */
    private UpdateFailure refusedWithoutLock(UpdateFailure failure, HomeLayout layout) {
        try (JsonLogHandler logs = LogFile.open(host.disk(), layout, host.console(), false)) {
            logs.log("app")
                    .error("refused, nothing was changed: " + failure.fullMessage(), failure, "code", code(failure));
        }
        return failure;
    }

    private static String code(UpdateFailure failure) {
        return failure.code().map(RefusalCode::text).orElse("");
    }

    static String holder(Arguments line, Host host) {
        return new LockHolder(host.process().pid(), host.clock().now(), LockHolder.command(line.command())).text();
    }
}
