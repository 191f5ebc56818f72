package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Inflater;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManagerProvider;
import updater.fs.UpdaterLock;
import updater.state.document.UpdateReport;
import updater.state.log.LogChannels;

/** Run one command: find out what is asked, where home is and who controls the service, and hand over. */
final class Program {
    private static final int OK = 0;
    private static final int USAGE = 2;
    private static final int BUSY = 3;
    private static final int INCOMPLETE = 4;
    private static final int REFUSED = 5;

    private final Host host;

    Program(Host host) {
        this.host = host;
    }

    /** Runs the command and returns its exit code. */
    int run(List<String> args) {
        try {
            CommandLine line = CommandLine.parse(args);
            return switch (line.command()) {
                case HELP -> print(CommandLine.help());
                case VERSION -> print(version(line));
                case STATUS -> status(line);
                case DOCTOR -> doctor(line);
                case JOURNAL -> journal(line);
                case UPDATE -> locked(line, true);
                case RECOVER -> locked(line, false);
            };
        } catch (UpdateFailure failure) {
            host.console().failure(failure);
            return exitCode(failure);
        } catch (InterruptedException e) {
            host.console().failure("interrupted", "Run 'updater recover'");
            return INCOMPLETE;
        }
    }

    static int exitCode(UpdateFailure failure) {
        return switch (failure) {
            case UpdateFailure.Usage _ -> USAGE;
            case UpdateFailure.Busy _ -> BUSY;
            case UpdateFailure.Refused _, UpdateFailure.Disk _, UpdateFailure.Service _, UpdateFailure.Unhealthy _ ->
                REFUSED;
        };
    }

    private int print(String text) {
        host.console().printText(text);
        return OK;
    }

    private String version(CommandLine line) throws UpdateFailure {
        return VersionText.load().line(Descriptor.name(line, host)) + "\n";
    }

    private int status(CommandLine line) throws UpdateFailure {
        HomeLayout layout = Installation.layout(line, host, Descriptor.find(line, host));
        return new StatusCommand(host.disk(), layout, new Liveness(Path.of("/proc"))::test, host.console())
                .run(line.json(), line.verbose(), guardArmed(line));
    }

    private int journal(CommandLine line) throws UpdateFailure {
        HomeLayout layout = Installation.layout(line, host, Descriptor.find(line, host));
        return new JournalCommand(layout.journal(), LogChannels.ofFileSystem(), host.console()).run();
    }

    /** A host whose service manager cannot be told still has a report to show. */
    private Optional<Boolean> guardArmed(CommandLine line) {
        try {
            return Optional.of(
                    Installation.find(line, host).site().service().guard().armed());
        } catch (UpdateFailure e) {
            return Optional.empty();
        }
    }

    private int doctor(CommandLine line) throws UpdateFailure {
        Descriptor descriptor = Descriptor.find(line, host);
        List<DoctorCommand.Finding> findings = new ArrayList<>();
        for (ServiceManagerProvider provider : host.providers()) {
            findings.add(new DoctorCommand.Finding(provider.name(), provider.detect(host.commands())));
        }
        List<String> problems = new ArrayList<>();
        String home = "";
        String state = "";
        Optional<String> chosen = Optional.empty();
        try {
            HomeLayout layout = Installation.layout(line, host, descriptor);
            home = layout.home().toString();
            state = layout.state().toString();
            chosen = Optional.of(ServiceManagers.choose(host, descriptor.product(), line.serviceManager())
                    .name());
            Installation.find(line, host).site().service().inspect();
        } catch (UpdateFailure e) {
            problems.add(e.fullMessage());
        }
        return print(DoctorCommand.text(new DoctorCommand.Findings(
                descriptor.product(), descriptor.origin(), home, state, host.javaHome(), findings, chosen, problems)));
    }

    /** Runs an update, or a recovery alone, under the lock. */
    private int locked(CommandLine line, boolean update) throws UpdateFailure, InterruptedException {
        loadDecompressor();
        Installation installation = Installation.find(line, host);
        try {
            installation.secureState();
        } catch (UpdateFailure e) {
            throw refusedWithoutLock(
                    Sandboxing.explain(
                            scarce(e, installation, update), installation.site().service()),
                    installation);
        }
        try (var state = host.disk().open(installation.layout().state())) {
            return switch (UpdaterLock.tryAcquire(state, holder(line))) {
                case UpdaterLock.Attempt.Busy(String holder) ->
                    throw new UpdateFailure.Busy(
                            "another updater is at work on "
                                    + installation.layout().home() + ": "
                                    + Holder.parse(holder)
                                            .map(Holder::forPeople)
                                            .orElseGet(() -> holder.isBlank()
                                                    ? "a process that has only just started"
                                                    : holder.strip()),
                            "Wait for it to end");
                case UpdaterLock.Attempt.Acquired(UpdaterLock lock) -> {
                    try (lock) {
                        requireRuntime();
                        installation.clearAside();
                        yield holdingTheLock(line, installation, update);
                    }
                }
            };
        } catch (IOException e) {
            throw scarce(new UpdateFailure.Disk("use", installation.layout().state(), e), installation, update);
        }
    }

    /**
     * Classes are compressed in the image. That stays mapped when another updater's clean-up removes it, but the library
     * that unpacks them is looked up by path when it is first needed.
     */
    private static void loadDecompressor() {
        new Inflater().end();
    }

    /** Whoever held the lock a moment ago may have used up what was staged, and the runtime that was started from there. */
    private void requireRuntime() throws UpdateFailure.Refused {
        if (!Files.isDirectory(host.javaHome())) {
            throw new UpdateFailure.Refused(
                    "the runtime that this updater was started from, " + host.javaHome()
                            + ", is gone: another update came to its end meanwhile",
                    "Unpack the bundle and start the update again");
        }
    }

    /** The agent throws away what the console gets, so this goes to the log although that is for whom has the lock. */
    private static UpdateFailure refusedWithoutLock(UpdateFailure failure, Installation installation) {
        try (JsonLog logs = LogFile.open(installation, false)) {
            logs.log("app").error("refused, nothing was changed: " + failure.fullMessage(), failure);
        }
        return failure;
    }

    private String holder(CommandLine line) {
        return new Holder(host.pid(), host.clock().now(), line.command().name().toLowerCase(Locale.ROOT)).text();
    }

    int holdingTheLock(CommandLine line, Installation installation, boolean update)
            throws UpdateFailure, InterruptedException {
        boolean unfinished = Files.exists(installation.layout().journal());
        try (JsonLog logs = LogFile.open(installation, update && !unfinished)) {
            Log log = logs.log("app");
            try {
                discardTemporary(installation, log);
                return update ? updateAfterRecovery(line, installation, log) : recover(line, installation, log);
            } catch (UpdateFailure e) {
                UpdateFailure failure = Sandboxing.explain(
                        scarce(e, installation, update), installation.site().service());
                log.error("refused, nothing was changed: " + failure.fullMessage(), failure);
                throw failure;
            } catch (IOException e) {
                log.error("failed", e);
                throw scarce(
                        new UpdateFailure.Disk("work on", installation.layout().home(), e), installation, update);
            }
        }
    }

    /** They are in nobody's way: that they cannot be removed must not keep a recovery from its work. */
    private static void discardTemporary(Installation installation, Log log) {
        try {
            Leftovers.discardTemporary(installation.site());
        } catch (IOException e) {
            log.warning(
                    "could not remove what earlier runs left in "
                            + installation.layout().state(),
                    e);
        }
    }

    /** What a recovery needs was set aside by the update it recovers from. */
    private static UpdateFailure scarce(UpdateFailure failure, Installation installation, boolean update) {
        Optional<UpdateFailure.Refused> explained =
                update ? new SpaceCheck(installation.site()).explain(failure) : Optional.empty();
        return explained.isPresent() ? explained.get() : failure;
    }

    private int updateAfterRecovery(CommandLine line, Installation installation, Log log)
            throws UpdateFailure, IOException, InterruptedException {
        Parts parts = new Parts(host, installation, log);
        log.info(
                "update",
                "version",
                VersionText.load().toString(),
                "home",
                installation.layout().home(),
                "service_manager",
                installation.site().managerName());
        Optional<Outcome> earlier = parts.recovery(false).run();
        if (earlier.isPresent() && earlier.get().kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE) {
            return ended(earlier.get(), log);
        }
        if (earlier.isPresent() && earlier.get().kind() != UpdateReport.Outcome.ABANDONED) {
            // What was staged belonged to that update, and is used up or removed.
            throw new UpdateFailure.Refused(
                    "an earlier update was unfinished and has been brought to its end now: "
                            + earlier.get().kind(),
                    "Unpack the bundle and start this update again");
        }
        return ended(parts.update(line).run(), log);
    }

    private int recover(CommandLine line, Installation installation, Log log)
            throws UpdateFailure, IOException, InterruptedException {
        Optional<Outcome> outcome =
                new Parts(host, installation, log).recovery(line.giveUp()).run();
        if (outcome.isEmpty()) {
            log.debug("nothing to recover");
            return OK;
        }
        return ended(outcome.get(), log);
    }

    private int ended(Outcome outcome, Log log) {
        log.info("ended", "outcome", outcome.kind(), "reason", outcome.reason());
        if (outcome.kind() != UpdateReport.Outcome.UPDATED) {
            host.console().failure(outcome.reason(), outcome.advice());
        }
        return outcome.kind().exitCode();
    }
}
