import org.jspecify.annotations.NullMarked;

/**
 * Drives launchd, the service manager of macOS.
 */
@NullMarked
module updater.service.macos {
    requires java.xml;
    requires updater.api;
    requires updater.processes;
    requires static org.jspecify;

    provides updater.api.service.ServiceManagerProvider with
            updater.service.macos.LaunchdProvider;
}
