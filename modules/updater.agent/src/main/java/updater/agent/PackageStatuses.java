package updater.agent;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an agent says about all of its packages: the content of the status file.
 *
 * @param allPackagesHash the hash of the last offer that was taken up, whatever became of it; a server that sees it does
 *     not offer the same again
 * @param errorMessage what was wrong with an offer as a whole; empty when nothing was
 * @param packages by name, in an order that stays
 */
public record PackageStatuses(Hash allPackagesHash, String errorMessage, Map<String, PackageStatus> packages) {
    /** Copies the map. */
    public PackageStatuses {
        packages = Collections.unmodifiableMap(new LinkedHashMap<>(packages));
    }

    PackageStatuses with(PackageStatus changed) {
        Map<String, PackageStatus> all = new LinkedHashMap<>(packages);
        all.put(changed.name(), changed);
        return new PackageStatuses(allPackagesHash, errorMessage, all);
    }

    PackageStatuses withAllPackagesHash(Hash hash) {
        return new PackageStatuses(hash, errorMessage, packages);
    }

    PackageStatuses withError(String message) {
        return new PackageStatuses(allPackagesHash, message, packages);
    }
}
