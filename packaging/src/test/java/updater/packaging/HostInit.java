package updater.packaging;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a box does differently for the init system it runs: to boot, to have an agent as a service, and to be looked at. */
interface HostInit {
    /** Returns the updater's name for it. */
    String updatersName();

    /** Returns the name of process 1. */
    String leader();

    /** Makes the overlay of a root boot fast and alike on every host. */
    void prepare(Path root, BoxSpec spec) throws IOException;

    /**
     * Returns whether a box has nothing left to start.
     *
     * @param root its root, as its process 1 sees it
     */
    boolean booted(Path root, Shell shell);

    /** Runs a command in a box that may still be booting. */
    interface Shell {
        Command.Result run(String... command);
    }

    /** Returns the command that powers a box off. */
    List<String> powerOff();

    /** Returns where the agent's definition is installed. */
    String definition();

    /** Returns where the agent's definition lies in the bundle and in home. */
    String stagedDefinition();

    /** Enables the agent's service, whose definition is in place, and starts it. */
    void enable(Box box);

    /** Removes the agent's service and whatever updaters left, home and state directory included. */
    void remove(Box box, String home);

    /** Makes init forget what {@link #remove} took away. */
    void forget(Box box);

    /** Returns the main process's id in the box, "0" when there is none. */
    String mainPid(Box box);

    /**
     * Returns what {@link HostState} keeps of the service. {@code ActiveState}, {@code UnitFileState} and {@code MainPID} are
     * among it, in systemd's words.
     */
    Map<String, String> service(Box box);

    /** Returns what of a guard is on the host. */
    List<String> guardTraces(Box box);

    /** Returns what init has to say about this boot. */
    String journal(Box box);
}
