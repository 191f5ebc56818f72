package updater.agent;

import java.util.List;

/**
 * All packages that a server offers at one time.
 *
 * @param packages with different names
 * @param allPackagesHash what the agent shows to the server for it, so that it is not offered again; may be empty
 */
public record Offer(List<OfferedPackage> packages, Hash allPackagesHash) {
    /** @throws IllegalArgumentException when two packages have the same name */
    public Offer {
        packages = List.copyOf(packages);
        if (packages.stream().map(OfferedPackage::name).distinct().count() < packages.size()) {
            throw new IllegalArgumentException("two packages with the same name: "
                    + packages.stream().map(OfferedPackage::name).toList());
        }
    }

    /** Returns the offer of one package, with the hash of that. */
    public static Offer of(OfferedPackage offered) {
        return new Offer(List.of(offered), offered.hash());
    }
}
