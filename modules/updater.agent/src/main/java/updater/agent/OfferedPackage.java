package updater.agent;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * One package that a server offers, and where its file is.
 *
 * @param name of the package
 * @param version of the package
 * @param hash of the package: the same version with another hash is another package
 * @param file where to download it
 * @param contentHash SHA-256 of the file
 * @param signature the bytes of the signed release statement, {@code BUNDLE.release}; empty when there is none
 * @param headers to be sent with the download, to the host of {@code file} only. {@link updater.agent.schedule.Spread#HEADER}
 *     is not sent: it is the agent's
 */
public record OfferedPackage(
        String name, String version, Hash hash, URI file, Hash contentHash, Hash signature, List<Header> headers) {
    /** Copies the list. */
    public OfferedPackage {
        headers = List.copyOf(headers);
    }

    /**
     * A header of a request. Its value may be a secret, so its text shows the name only.
     *
     * @param name of the header
     * @param value as it is sent
     */
    public record Header(String name, String value) {
        @Override
        public String toString() {
            return name + ": …";
        }
    }

    /** Returns a package whose hash is that of its file, without signature and headers. */
    public static OfferedPackage of(String name, String version, URI file, Hash contentHash) {
        return new OfferedPackage(name, version, contentHash, file, contentHash, Hash.NONE, List.of());
    }

    PackageVersion packageVersion() {
        return new PackageVersion(version, hash);
    }

    Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    /** Returns whether both are the same package, wherever they are to be downloaded from. */
    boolean isSame(OfferedPackage other) {
        return name.equals(other.name) && packageVersion().equals(other.packageVersion());
    }
}
