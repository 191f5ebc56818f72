package updater.agent;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import updater.agent.install.UpdaterReason;

/**
 * What an agent says first that has just started, from what the status file says. It may be the new version, the old one after
 * a rollback, or the old one that was killed in the middle of an update.
 *
 * @param file as it was left
 */
record Restart(Settings settings, StatusFile file) {
    /**
     * Returns what is to be told first. Still Installing means that the updater may be at work.
     *
     * @param taken the offer that was taken up; empty when none is remembered
     * @throws IOException when the status file cannot be read
     */
    PackageStatuses first(Optional<OfferFile.Taken> taken) throws IOException {
        PackageStatuses found = file.read().orElse(new PackageStatuses(Hash.NONE, "", Map.of()));
        PackageStatus own = found.packages().get(settings.agent().packageName());
        if (own == null) {
            own = PackageStatus.installed(
                    settings.agent().packageName(), settings.agent().runningVersion());
        }
        boolean remembered = taken.isPresent() && isAbout(own, taken.get().offered());
        return switch (own.status()) {
            case INSTALLED -> found.with(asItRuns(own));
            case INSTALLING ->
                found.with(remembered && isReplaced(own) ? own : outcome(own)).withError("");
            case INSTALL_FAILED -> found.with(own);
            case INSTALL_PENDING, DOWNLOADING -> remembered ? found.with(own) : forgotten(found, own);
        };
    }

    /** Returns the status with the version that runs. */
    PackageStatus asItRuns(PackageStatus own) {
        // An operator, or a package manager, has installed another one.
        return own.agent().version().equals(settings.agent().runningVersion())
                ? own
                : own.running(PackageVersion.neverOffered(settings.agent().runningVersion()));
    }

    /**
     * Returns whether this is the version that the update is to replace. After a rollback the file would say InstallFailed:
     * this one was started again while the updater has not stopped it, and a failure said now would end the update.
     */
    private boolean isReplaced(PackageStatus own) {
        return own.agent().version().equals(settings.agent().runningVersion())
                && !own.offered().version().equals(settings.agent().runningVersion());
    }

    private PackageStatus outcome(PackageStatus own) throws IOException {
        if (own.offered().version().equals(settings.agent().runningVersion())) {
            return own.running(own.offered());
        }
        // The updater's own word, where it wrote a report after the hand-over.
        String reason = UpdaterReason.inReport(
                        settings.agent().home(), own.offered().version(), file.writtenAt())
                .orElse("expected version " + own.offered().version() + ", version "
                        + settings.agent().runningVersion() + " runs");
        return own.with(InstallStatus.INSTALL_FAILED, reason);
    }

    private static boolean isAbout(PackageStatus own, OfferedPackage offered) {
        return own.offered().equals(offered.packageVersion());
    }

    /** Without the hash the server offers it again. */
    private static PackageStatuses forgotten(PackageStatuses found, PackageStatus own) {
        return found.with(own.with(
                        InstallStatus.INSTALL_FAILED,
                        "the download was interrupted, and what was offered is not known any more"))
                .withAllPackagesHash(Hash.NONE);
    }
}
