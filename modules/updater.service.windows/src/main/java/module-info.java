import org.jspecify.annotations.NullMarked;

/**
 * Drives the service control manager of Windows and reads its registry.
 */
@NullMarked
module updater.service.windows {
    requires com.sun.jna;
    requires com.sun.jna.platform;
    requires transitive updater.api;
    requires updater.json;
    requires updater.processes;
    requires static org.jspecify;

    provides updater.api.service.ServiceManagerProvider with
            updater.service.windows.WindowsProvider;
}
