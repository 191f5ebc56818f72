import org.jspecify.annotations.NullMarked;

/**
 * Runs an update from the command line: prepares, applies, watches, undoes and recovers it.
 */
@NullMarked
module updater.app {
    requires java.logging;
    requires updater.api;
    requires updater.fs;
    requires updater.processes;
    requires updater.state;
    requires static org.jspecify;

    uses updater.api.service.ServiceManagerProvider;
}
