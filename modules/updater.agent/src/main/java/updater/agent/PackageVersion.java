package updater.agent;

/**
 * One version of a package.
 *
 * @param version what its vendor calls it; empty for no version
 * @param hash the hash under which it was offered; empty when it never was
 */
public record PackageVersion(String version, Hash hash) {
    static final PackageVersion NONE = new PackageVersion("", Hash.NONE);

    static PackageVersion neverOffered(String version) {
        return new PackageVersion(version, Hash.NONE);
    }
}
