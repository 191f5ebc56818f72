import org.jspecify.annotations.NullMarked;

/**
 * The command line, and what a run takes from the process and the host it runs on.
 */
@NullMarked
module updater.app {
    requires java.logging;
    requires jdk.unsupported;
    requires updater.api;
    requires updater.archive;
    requires updater.fs;
    requires updater.json;
    requires updater.processes;
    requires updater.release;
    requires updater.state;
    requires updater.transaction;
    requires static org.jspecify;

    uses updater.api.service.ServiceManagerProvider;
}
