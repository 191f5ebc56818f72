package updater.opamp;

import com.google.protobuf.ByteString;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import updater.agent.Hash;
import updater.agent.Offer;
import updater.agent.OfferedPackage;
import updater.opamp.wire.Wire.DownloadableFile;
import updater.opamp.wire.Wire.PackageAvailable;
import updater.opamp.wire.Wire.PackagesAvailable;

/** What the server offers, in the words of the agent. */
final class Offers {
    private Offers() {}

    /** Returns the offer. A package whose address makes no sense keeps one that cannot be downloaded from. */
    static Offer of(PackagesAvailable available) {
        List<OfferedPackage> packages = new ArrayList<>();
        for (Map.Entry<String, PackageAvailable> entry : new TreeMap<>(available.getPackagesMap()).entrySet()) {
            PackageAvailable offered = entry.getValue();
            DownloadableFile file = offered.getFile();
            packages.add(new OfferedPackage(
                    entry.getKey(),
                    offered.getVersion(),
                    hash(offered.getHash()),
                    address(file.getDownloadUrl()),
                    hash(file.getContentHash()),
                    hash(file.getSignature()),
                    file.getHeaders().getHeadersList().stream()
                            .map(header -> new OfferedPackage.Header(header.getKey(), header.getValue()))
                            .toList()));
        }
        return new Offer(packages, hash(available.getAllPackagesHash()));
    }

    private static URI address(String url) {
        try {
            return URI.create(url);
        } catch (IllegalArgumentException e) {
            return URI.create("invalid:address");
        }
    }

    private static Hash hash(ByteString bytes) {
        return Hash.of(bytes.toByteArray());
    }
}
