package updater.api.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.UnaryOperator;
import updater.api.Ticker;
import updater.api.service.Commands;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceManagerProvider;

/**
 * One service of a provider under test, and the hand that moves the world around it: a real host, or a fake of one.
 *
 * <p>A new bench has the service installed, set to start at boot where the manager knows such a thing, and not running;
 * the staged tree is there and holds no definition.
 */
public interface ServiceBench extends AutoCloseable {
    /** What not every manager, or not every bench, can do. Tests of an ability that is not named are skipped. */
    enum Ability {
        /** A start makes its processes a while after it was asked for, so that one of two at once may be faster than the other. */
        STARTS_LATER,
        /** {@link #disable}: the service can be kept from starting at boot, and {@code inspect} tells. */
        DISABLE,
        /** A disabled service cannot be started at all, so that {@code inspect} must refuse it. */
        DISABLED_IS_REFUSED,
        /** {@link #addDependent}: the manager stops other services along with this one. */
        DEPENDENTS,
        /** {@link #hang}: the manager can be made not to answer. */
        HANG,
        /** {@link #stage}: a definition can be told to be unusable before it is loaded. */
        INVALID_DEFINITION,
        /** {@link #reboot}: the host can be rebooted. */
        REBOOT,
        /** {@link #passGuardPeriod}: the guard's command is really run. */
        GUARD_RUNS;

        private UnsupportedOperationException missing() {
            return new UnsupportedOperationException("this bench has no ability " + this);
        }
    }

    /** How the agent behaves from its next start on. */
    enum Agent {
        /** Runs until it is asked to end, and ends at once then. */
        HEALTHY,
        /** Takes a noticeable time to end once it was asked to, and leaves in good order. */
        SLOW_TO_END,
        /** Does not end when it is asked to. */
        IGNORES_TERMINATION,
        /** Ends by itself with an error as soon as it runs, every time it is started. */
        ENDS_AT_ONCE,
        /** Its program is not there. */
        MISSING
    }

    /** What the staged tree holds as the service's definition. */
    enum Definition {
        NONE,
        SAME,
        CHANGED,
        INVALID
    }

    Set<Ability> abilities();

    ServiceManagerProvider provider();

    /** Returns a manager for the service; a new one at each call, as a new updater would have it. */
    ServiceManager open();

    /** As {@link #open()}, with commands that may not do what they should. */
    default ServiceManager open(UnaryOperator<Commands> commands) {
        throw new UnsupportedOperationException("its commands cannot be disturbed");
    }

    /**
     * Returns the name of the agent's {@link #program} that runs, as it was when it was started; empty when none runs. One
     * that begins with {@code ends} ends at once, whatever {@link #agent} said.
     */
    default String running() throws IOException {
        throw new UnsupportedOperationException("it has no programs");
    }

    /**
     * Returns what the file of an agent's program holds whose name that is.
     *
     * @param name as {@link #running()} returns it; the agent of one that begins with {@code ends} ends at once
     */
    default String program(String name) {
        return name;
    }

    /** Returns the service's definition as the manager has loaded it. */
    default String loaded() throws IOException {
        throw new UnsupportedOperationException("it loads nothing");
    }

    /** Returns the file of the service's definition. */
    default Path definition() {
        throw new UnsupportedOperationException("it has no file");
    }

    /** Returns the service's name as messages should mention it, in part at least. */
    String name();

    /** Returns the time that the manager lives by. Pausing on it lets the world go on. */
    Ticker clock();

    /** Returns the staged tree. */
    Path staged();

    /** Sets how the agent behaves from its next start on. A running one is not touched. */
    void agent(Agent behaviour) throws IOException;

    /** Returns when the running agent does what {@link #agent} asked of it, e.g. ignores what ends others. */
    default void awaitReady() throws Exception {}

    /** The running agent ends by itself, with an error. Returns once its process is gone. */
    void crash() throws Exception;

    /** Returns how many processes of the service there are. */
    int processes() throws Exception;

    /** Takes the service off the host, its definition included. It does not run. */
    void uninstall() throws Exception;

    /** Keeps the service from starting at boot. */
    default void disable() throws Exception {
        throw Ability.DISABLE.missing();
    }

    void stage(Definition definition) throws IOException;

    /** Returns everything outside home that a provider could leave behind: files with their contents, entries in the manager's store. */
    Set<String> traces() throws Exception;

    /** Adds a running service that the manager stops whenever it stops the agent, and returns its name. */
    default String addDependent() throws Exception {
        throw Ability.DEPENDENTS.missing();
    }

    /** Returns whether a service that {@link #addDependent} added runs. */
    default boolean dependentRuns(String name) throws Exception {
        throw Ability.DEPENDENTS.missing();
    }

    /** From now on the manager takes for ever to answer. */
    default void hang() throws Exception {
        throw Ability.HANG.missing();
    }

    /** Cuts the power and boots again. */
    default void reboot() throws Exception {
        throw Ability.REBOOT.missing();
    }

    /** Lets so much time pass that a guard that is armed has run its command. */
    default void passGuardPeriod() throws Exception {
        throw Ability.GUARD_RUNS.missing();
    }

    @Override
    void close() throws IOException;
}
