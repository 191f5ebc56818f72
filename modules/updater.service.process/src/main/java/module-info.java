import org.jspecify.annotations.NullMarked;

/**
 * Supervises an agent as a plain process with a pid file, where there is no service manager.
 */
@NullMarked
module updater.service.process {
    requires updater.api;
    requires static org.jspecify;
}
