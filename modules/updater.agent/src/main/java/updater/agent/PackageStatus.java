package updater.agent;

import java.util.Optional;

/**
 * What an agent says about one package.
 *
 * @param name of the package
 * @param agentVersion the version that runs; empty when the agent has none of this package
 * @param agentHash the hash under which that version was offered; empty when it was not installed by an offer
 * @param offeredVersion the version that the server offered last; empty when it offered none
 * @param offeredHash the hash of that offer
 * @param status how far the installation is
 * @param errorMessage why it failed; empty unless it did
 * @param progress how far the download is; empty unless it is under way
 */
public record PackageStatus(
        String name,
        String agentVersion,
        Hash agentHash,
        String offeredVersion,
        Hash offeredHash,
        InstallStatus status,
        String errorMessage,
        Optional<DownloadProgress> progress) {

    static PackageStatus installed(String name, String version, Hash hash) {
        return new PackageStatus(name, version, hash, "", Hash.NONE, InstallStatus.INSTALLED, "", Optional.empty());
    }

    PackageStatus withOffer(OfferedPackage offered) {
        return new PackageStatus(
                name, agentVersion, agentHash, offered.version(), offered.hash(), status, errorMessage, progress);
    }

    PackageStatus with(InstallStatus next, String message) {
        return new PackageStatus(
                name, agentVersion, agentHash, offeredVersion, offeredHash, next, message, Optional.empty());
    }

    PackageStatus downloading(DownloadProgress now) {
        return new PackageStatus(
                name,
                agentVersion,
                agentHash,
                offeredVersion,
                offeredHash,
                InstallStatus.DOWNLOADING,
                "",
                Optional.of(now));
    }

    PackageStatus running(String version, Hash hash) {
        return new PackageStatus(
                name, version, hash, offeredVersion, offeredHash, InstallStatus.INSTALLED, "", Optional.empty());
    }
}
