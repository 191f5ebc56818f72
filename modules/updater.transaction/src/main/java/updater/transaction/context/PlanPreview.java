package updater.transaction.context;

import java.util.List;

/**
 * What an update would do, as far as the checks came.
 *
 * @param checks what they found: every reason to refuse among it
 * @param files what would become of files
 * @param definition what would become of the service's definition
 * @param services the services that would be stopped, the agent's own first; empty where it was not found
 * @param stopBoundMillis how long the service manager gives it to stop; 0 where that is not known
 */
public record PlanPreview(
        List<CheckResult> checks, Files files, Definition definition, List<String> services, long stopBoundMillis) {
    public PlanPreview {
        checks = List.copyOf(checks);
        services = List.copyOf(services);
    }

    /** What becomes of the definition. */
    public enum Definition {
        /** The bundle has none, or the one that is installed. */
        UNCHANGED,
        /** It is replaced while the old agent runs. */
        BEFORE_THE_STOP,
        /** It is replaced while no agent runs, which costs the time of a reload. */
        WHILE_STOPPED
    }

    /** Files of one kind: how many, and the first of them by path. */
    public record Paths(long count, List<String> first) {
        /** No more than so many are named. */
        public static final int MOST = 1000;

        public static final Paths NONE = new Paths(0, List.of());

        public Paths {
            first = List.copyOf(first);
        }
    }

    /**
     * The files of the bundle, and those of the last version that it has not any more.
     *
     * @param preserved those that are the operator's by their names
     * @param stayed those that stay because somebody has changed them here
     * @param bytes of all that would be placed
     */
    public record Files(
            Paths replaced, Paths added, Paths removed, Paths preserved, Paths stayed, long unchanged, long bytes) {
        public static final Files NONE = new Files(Paths.NONE, Paths.NONE, Paths.NONE, Paths.NONE, Paths.NONE, 0, 0);
    }
}
