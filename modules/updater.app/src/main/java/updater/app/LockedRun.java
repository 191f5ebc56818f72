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
import updater.transaction.Engine;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.OfferedStatus;
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
            return answer().broken(context.layout(), e);
        }
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
            try (UpdaterLock _ = lock(context, state)) {
                requireRuntime();
                clearAside(context);
                return logged(context, update);
            }
        } catch (IOException e) {
            throw Engine.explain(new UpdateFailure.Disk("use", layout.state(), e), context, update);
        }
    }

    private UpdaterLock lock(UpdateContext context, Directory state)
            throws UpdateFailure, IOException, InterruptedException {
        LockTaking taking = new LockTaking(line, host);
        // What was handed over by the updater that an operator started is waited for as that one would be.
        return line.command() == Command.UPDATE && line.source().offer().isEmpty()
                ? taking.takeWithAgentsPatience(context, state)
                : taking.take(context.layout(), state);
    }

    private ExitCode logged(UpdateContext context, boolean update) throws UpdateFailure, InterruptedException {
        boolean unfinished = Files.exists(context.layout().journal());
        try (JsonLogHandler logs =
                LogFile.open(host.disk(), context.layout(), host.console(), begins(update) && !unfinished)) {
            EventLog log = logs.log("app");
            Engine engine = new Engine(context, invocation(), host.console(), log);
            Optional<UpdateResult> outcome = outcome(context, engine, log);
            if (outcome.isPresent()) {
                log.info(
                        "ended",
                        "outcome",
                        outcome.get().kind(),
                        "reason",
                        outcome.get().reason());
                answer().ended(context, outcome.get());
            } else {
                // A guard looks at a version on probation every 15 s: what finds nothing writes nothing.
                Optional<Path> damaged = line.command() == Command.RECOVER
                        ? new DamagedJournal(context.disk(), context.layout()).find()
                        : Optional.empty();
                if (damaged.isPresent()) {
                    return answer().stillDamaged(context.layout(), damaged.get());
                }
                answer().nothingEnded(context);
            }
            return ExitCode.of(outcome.map(UpdateResult::kind));
        } catch (IOException e) {
            throw new UpdateFailure.Disk("look at", context.layout().state(), e);
        }
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
                    answer().whatComes(context);
                    yield Optional.of(engine.goBack());
                }
                case ENROLL -> {
                    engine.enroll();
                    answer().enrolled(new TriggerSetting(context, invocation().guardOptions()).install());
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

    private RunAnswer answer() {
        return new RunAnswer(line, host);
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
                        Path.of("/"),
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
}
