package updater.service.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.Quotation;
import updater.api.service.ServiceFacts;

/**
 * The way in which one kind of init runs init scripts. What an agent's processes do is not its business.
 *
 * <p>What a method here does by itself is right for an init that remembers nothing of its scripts, restarts nothing that
 * ended, and stops no script along with another.
 */
abstract sealed class InitSystem permits SysVInit, OpenRcInit {
    /** How long {@code status} may take: a few milliseconds is what it takes. */
    static final Duration ANSWER = Duration.ofSeconds(10);

    /** How long commands may take that make links and read scripts. */
    private static final Duration REGISTRATION = Duration.ofSeconds(30);

    final Commands commands;
    final InitScript script;
    private final BootHalf bootHalf;

    InitSystem(Commands commands, InitScript script, BootHalf bootHalf) {
        this.commands = commands;
        this.script = script;
        this.bootHalf = bootHalf;
    }

    /** The statement of an init script about its service. */
    enum Claim {
        RUNS,
        STARTING,
        STOPPING,
        STOPPED,
        /** It ended by itself, or what it left behind says so. */
        DEAD
    }

    /**
     * The answer of {@code status}.
     *
     * @param text its own words, for messages
     */
    record Answer(Claim claim, String text) {}

    /** Returns the command that asks the init script for something, by absolute path. */
    abstract List<String> command(String verb) throws UpdateFailure.Service;

    /** Asks the script. */
    final Answer ask() throws UpdateFailure.Service {
        if (!Files.isExecutable(script.path())) {
            return new Answer(Claim.STOPPED, "there is no init script " + script.path());
        }
        Result result = commands.run(command("status"), ANSWER);
        String said = Quotation.of(result.out().isBlank() ? result.err() : result.out());
        return new Answer(
                claim(result.exit()),
                script.path() + " status ended with " + result.exit() + (said.isEmpty() ? "" : ": " + said));
    }

    /** Returns what an exit code of {@code status} claims. */
    abstract Claim claim(int exit);

    /** Returns the files that may name the main process, the most reliable first. */
    Set<Path> pidFiles() {
        return script.pidFiles();
    }

    /** Returns how often init restarted the agent by itself. */
    long restarts() {
        return 0;
    }

    /** Makes init forget a start that came to nothing, so that the next one is not held back. Nothing when there is none. */
    void forget() throws UpdateFailure.Service {}

    /** Returns whether and where the service is started at boot. */
    abstract String enablement() throws UpdateFailure.Service;

    /** Returns whether the boot itself starts the service. */
    abstract boolean startsAtBoot() throws UpdateFailure.Service;

    /** Returns the running services that are stopped along with this one. */
    List<String> dependents() throws UpdateFailure.Service {
        return List.of();
    }

    void startDependents(List<String> services) throws UpdateFailure.Service {}

    abstract void reload() throws UpdateFailure.Service;

    /** Runs a command that has init read scripts again, which must be a success. */
    final void register(List<String> command, String attempt, String advice) throws UpdateFailure.Service {
        Result result = commands.run(command, REGISTRATION);
        if (!result.succeeded()) {
            throw new UpdateFailure.Service(
                    "%s: %s ended with %d: %s"
                            .formatted(attempt, String.join(" ", command), result.exit(), Quotation.ofErrors(result)),
                    advice);
        }
    }

    abstract void restore(ServiceFacts before) throws UpdateFailure.Service;

    /**
     * Returns why stopping the service ends processes that it has started. A script may end what it likes, but the ones
     * that end more than their daemon are not told by anything.
     */
    Optional<String> stopKillsUpdater() {
        return Optional.empty();
    }

    /** Returns the half of the guard that runs at boot, as files and links. */
    final BootHalf bootHalf() {
        return bootHalf;
    }
}
