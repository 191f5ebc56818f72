import org.jspecify.annotations.NullMarked;

/**
 * Supervises an agent as a plain process with a pid file, where there is no service manager.
 */
@NullMarked
module updater.service.process {
    requires updater.api;
    requires updater.processes;
    requires static org.jspecify;

    provides updater.api.service.ServiceManagerProvider with
            updater.service.process.ProcessProvider;
}
