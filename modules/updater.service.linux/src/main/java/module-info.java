import org.jspecify.annotations.NullMarked;

/**
 * Drives the service managers of Linux: systemd, SysV and OpenRC.
 */
@NullMarked
module updater.service.linux {
    requires updater.api;
    requires updater.processes;
    requires static org.jspecify;

    provides updater.api.service.ServiceManagerProvider with
            updater.service.linux.SystemdProvider,
            updater.service.linux.OpenRcProvider,
            updater.service.linux.SysVProvider;
}
