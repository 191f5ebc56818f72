package updater.api.service;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;

/**
 * One service, controlled through the host's service manager.
 *
 * <p>Every call is bounded in time, and idempotent: repeating it after it succeeded, or after the updater died in the
 * middle of it, ends in the same state. None of them touches files of the agent.
 */
public interface ServiceManager {
    /**
     * Looks at the service before an update. Changes nothing.
     *
     * @throws UpdateFailure.Refused when it is missing, masked, or otherwise cannot be updated
     */
    ServiceFacts inspect() throws UpdateFailure;

    /**
     * Returns what an operator should know before an update although it is no reason to refuse one, e.g. a definition
     * that was edited but not loaded. Changes nothing.
     */
    default List<String> warnings() throws UpdateFailure.Service {
        return List.of();
    }

    /** Returns what the service does now. Cheap enough to be called ten times a second. */
    ServiceState state() throws UpdateFailure.Service;

    /**
     * Returns the number of the user whom the manager starts the service as, by the definition that it has loaded. A process
     * of the service may act for somebody else: who runs as the agent's user may become a program with set-ID bits.
     *
     * @return empty where the manager says nothing of it
     */
    default Optional<Long> user() throws UpdateFailure.Service {
        return Optional.empty();
    }

    /**
     * Returns how long the manager itself gives the service to come up, by the definition that it has loaded; what takes
     * longer has failed. What a manager has no limit for gets a minute and a half, systemd's default.
     */
    default Duration startBound() throws UpdateFailure.Service {
        return Duration.ofSeconds(90);
    }

    /** Returns how long the manager waits before it restarts what has ended by itself; zero where it does not. */
    default Duration restartDelay() throws UpdateFailure.Service {
        return Duration.ZERO;
    }

    /**
     * Returns why the service has nothing to do with home, by its definition and all of its processes; empty where any of
     * them has, or it cannot be told. Changes nothing.
     */
    default Optional<String> otherHome() throws UpdateFailure.Service {
        return Optional.empty();
    }

    /** Returns why stopping the service would kill this updater too, empty when it would not. */
    Optional<String> stopKillsUpdater() throws UpdateFailure.Service;

    /**
     * Returns the setting of the service manager that may be why a directory is read-only for a process started by
     * the agent, e.g. {@code ProtectSystem=strict in agent.service}; empty when there is none, as with a manager that has
     * no such settings.
     */
    default Optional<String> sandboxing() throws UpdateFailure.Service {
        return Optional.empty();
    }

    /**
     * Stops the service, what would start it meanwhile, and the other services of the same agent, and waits until no process
     * of them is left. What the manager itself leaves of the service although it runs a program of home is ended, unless
     * the product says that it is to stay.
     *
     * @param bound at least this long is waited before it is called a failure
     */
    void stop(Duration bound) throws UpdateFailure.Service;

    /**
     * Dispatches the start and does not wait for it; the caller watches {@link #state()}. Clears what an earlier crash
     * loop left in the way.
     *
     * @param stopped what {@link #inspect} named as stopped along with it: of these, the ones that the service cannot run
     *     without, such as its sockets, and those that are one agent with it, are started and watched together with it
     */
    void start(List<String> stopped) throws UpdateFailure.Service;

    /** Dispatches the start of this service alone. */
    default void start() throws UpdateFailure.Service {
        start(List.of());
    }

    /**
     * Starts again those of {@code services} that do not run, and does not wait for them. Does nothing where
     * {@link #inspect} never reports any.
     *
     * @param services the dependents among the facts of {@link #inspect}
     */
    default void startDependents(List<String> services) throws UpdateFailure.Service {}

    /**
     * Compares the definition in the bundle with the installed one. Changes nothing.
     *
     * @param staged the staged tree; the definition lies in it where {@link updater.api.ServiceSpec} says
     */
    DefinitionChange compareDefinition(Path staged) throws UpdateFailure;

    /**
     * Checks that this host has what a changed definition in the bundle asks for and the installed one does not: accounts,
     * programs, directories. What cannot be told without starting the service counts as fulfilled. Changes nothing.
     *
     * @param staged as for {@link #compareDefinition}
     * @param tree the staged tree, whose files will be in home by then
     * @throws UpdateFailure.Refused with {@link updater.api.RefusalCode#DEFINITION_UNMET}
     */
    default void requireMet(Path staged, Path tree) throws UpdateFailure {}

    /**
     * Checks that the service could be started again once it was stopped: that this host has what the definition asks for by
     * which it will be started, the staged one where there is one, else the installed one. What cannot be told without
     * starting the service counts as fulfilled. Changes nothing.
     *
     * @param staged as for {@link #compareDefinition}; empty where nothing is staged
     * @param tree the staged tree, whose files will be in home by then; empty where nothing is staged
     * @throws UpdateFailure.Refused with {@link updater.api.RefusalCode#SERVICE_BROKEN}, or with
     *     {@link updater.api.RefusalCode#NOT_WRITABLE} for what the start itself has to write
     */
    default void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {}

    /**
     * Makes the manager read definition files again. Does nothing where there are none, or where the manager reads them
     * whenever it needs them.
     */
    default void reload() throws UpdateFailure.Service {}

    /** Returns the free space without which the manager would not {@link #reload}; empty where there is no such bound. */
    default Optional<Room> roomForReload() {
        return Optional.empty();
    }

    /**
     * Makes the manager read definition files again once the old one is back, and brings back whatever {@link #reload}
     * may have changed of the service's registration, such as its place in the boot order. An undo calls it in place of
     * {@link #reload}, from the journal alone; it must do with what {@link #inspect} has put into the facts.
     *
     * @param before what {@link #inspect} found before the update
     */
    default void restore(ServiceFacts before) throws UpdateFailure.Service {
        reload();
    }

    /**
     * Brings a definition that is not a file to the state that {@code definition} describes. Implemented by a provider
     * whose {@link #compareDefinition} answers {@link DefinitionChange.Configure}; the others' definitions are files that
     * the updater replaces.
     *
     * @param definition one of the two texts of a {@link DefinitionChange.Configure}, or that of the facts
     */
    default void configure(String definition) throws UpdateFailure.Service {
        throw new UpdateFailure.Service("the service is defined by a file: there is nothing to configure", "");
    }

    /**
     * Compares what an earlier {@link #configure} had changed with what is there, so that it can be taken back: a setting becomes
     * what it was before, unless somebody has changed it since. Changes nothing. Implemented by a provider that has definitions
     * which are no files.
     *
     * @param made the change that was made
     * @return a {@link DefinitionChange.Configure}, or nothing to do
     * @throws UpdateFailure.Service also when the change that was made cannot be read
     */
    default DefinitionChange takeBack(DefinitionChange.Configure made) throws UpdateFailure.Service {
        return new DefinitionChange.None();
    }

    /**
     * Lets the host's security policy label files that were just put in place. Does nothing on hosts without one.
     *
     * @param placed absolute paths
     */
    default void relabel(List<Path> placed) throws UpdateFailure.Service {}

    /**
     * Returns the last lines that the service wrote in a time, and its manager about it, oldest first; empty where nobody
     * keeps them. They are as they were written, of any length, and not safe to be printed.
     *
     * @param most how many at most
     */
    default List<String> output(Instant since, Instant until, int most) throws UpdateFailure.Service {
        return List.of();
    }

    /** Returns the guard that finishes an update whose updater died. */
    Guard guard();

    /** Returns the trigger for agents that may not start the updater; empty where this manager has none. */
    default Optional<Trigger> trigger() {
        return Optional.empty();
    }
}
