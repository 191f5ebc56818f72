package updater.agent;

import java.util.Optional;

/**
 * What an agent says about one package.
 *
 * @param name of the package
 * @param agent the version that runs; without a hash when it was not installed by an offer
 * @param offered the version that the server offered last
 * @param status how far the installation is
 * @param errorMessage why it failed; empty unless it did
 * @param progress how far the download is; empty unless it is under way
 */
public record PackageStatus(
        String name,
        PackageVersion agent,
        PackageVersion offered,
        InstallStatus status,
        String errorMessage,
        Optional<DownloadProgress> progress) {

    static PackageStatus installed(String name, String version) {
        return new PackageStatus(
                name,
                PackageVersion.neverOffered(version),
                PackageVersion.NONE,
                InstallStatus.INSTALLED,
                "",
                Optional.empty());
    }

    PackageStatus withOffer(OfferedPackage offer) {
        return new PackageStatus(name, agent, offer.packageVersion(), status, errorMessage, progress);
    }

    PackageStatus with(InstallStatus next, String message) {
        return new PackageStatus(name, agent, offered, next, message, Optional.empty());
    }

    PackageStatus downloading(DownloadProgress now) {
        return new PackageStatus(name, agent, offered, InstallStatus.DOWNLOADING, "", Optional.of(now));
    }

    PackageStatus running(PackageVersion version) {
        return new PackageStatus(name, version, offered, InstallStatus.INSTALLED, "", Optional.empty());
    }
}
