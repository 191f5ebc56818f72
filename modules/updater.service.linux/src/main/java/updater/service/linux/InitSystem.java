package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;

/** The way in which one kind of init runs init scripts. What an agent's processes do is not its business. */
sealed interface InitSystem permits SysVInit, OpenRcInit {
    /** How long {@code status} may take: a few milliseconds is what it takes. */
    Duration ANSWER = Duration.ofSeconds(10);

    /** How long commands may take that make links and read scripts. */
    Duration REGISTRATION = Duration.ofSeconds(30);

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
    List<String> command(String verb) throws UpdateFailure.Service;

    /** Asks the script. */
    Answer ask() throws UpdateFailure.Service;

    /** Returns the files that may name the main process, the most reliable first. */
    Set<Path> pidFiles();

    /** Returns how often init restarted the agent by itself. */
    long restarts();

    /** Makes init forget a start that came to nothing, so that the next one is not held back. Nothing when there is none. */
    void forget() throws UpdateFailure.Service;

    /** Returns whether and where the service is started at boot. */
    String enablement() throws UpdateFailure;

    /** Returns whether the boot itself starts the service. */
    boolean startsAtBoot() throws UpdateFailure.Service;

    /** Returns the running services that are stopped along with this one. */
    List<String> dependents() throws UpdateFailure.Service;

    void startDependents(List<String> services) throws UpdateFailure.Service;

    void reload() throws UpdateFailure.Service;

    void restore(ServiceFacts before) throws UpdateFailure.Service;

    /** Returns why stopping the service ends processes that it has started. */
    Optional<String> stopKillsUpdater() throws UpdateFailure.Service;

    /** Returns the half of the guard that runs at boot, as files and links. */
    BootHalf bootHalf();
}
