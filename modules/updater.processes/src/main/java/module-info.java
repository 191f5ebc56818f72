import org.jspecify.annotations.NullMarked;

/**
 * Sees and signals the processes of the host, and keeps a command running beside them: what providers share that have
 * no service manager to do it for them.
 */
@NullMarked
module updater.processes {
    requires transitive updater.api;
    requires static org.jspecify;

    exports updater.processes;
}
