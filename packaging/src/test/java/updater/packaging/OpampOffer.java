package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import okio.ByteString;
import opamp.proto.DownloadableFile;
import opamp.proto.PackageAvailable;
import opamp.proto.PackagesAvailable;
import updater.opamp.fleet.FleetServer;

/**
 * What a server offers of one package; a value, each method returns another one.
 *
 * @param content of the file
 * @param contentHash that the offer says it has
 * @param hash of the package
 */
record OpampOffer(String version, byte[] content, ByteString contentHash, ByteString signature, ByteString hash) {

    /** Returns the offer of a bundle as its vendor means it, with the statement beside it. */
    static OpampOffer of(Path bundle, String version) {
        try {
            byte[] content = Files.readAllBytes(bundle);
            ByteString sha256 = ByteString.of(content).sha256();
            ByteString statement = ByteString.of(Files.readAllBytes(Path.of(bundle + ".release")));
            return new OpampOffer(version, content, sha256, statement, sha256);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes what the file is said to be. */
    OpampOffer withContentHash(ByteString other) {
        return new OpampOffer(version, content, other, signature, hash);
    }

    OpampOffer withSignature(ByteString other) {
        return new OpampOffer(version, content, contentHash, other, hash);
    }

    /** Makes it another package of the same version. */
    OpampOffer withHash(String other) {
        return new OpampOffer(version, content, contentHash, signature, ByteString.encodeUtf8(other));
    }

    OpampOffer withVersion(String other) {
        return new OpampOffer(other, content, contentHash, signature, hash);
    }

    /** Has a server serve the file, and returns the message that offers it. */
    PackagesAvailable servedBy(FleetServer server) {
        return message(Map.of(SampleAgent.BINDPLANE, available(server)));
    }

    /** The same, beside a package that this agent does not have. */
    PackagesAvailable besideAnother(FleetServer server) {
        Map<String, PackageAvailable> both = new HashMap<>();
        both.put(SampleAgent.BINDPLANE, available(server));
        both.put("plugins", available(server));
        return message(both);
    }

    private PackageAvailable available(FleetServer server) {
        URI file = server.serve(version + "-" + hash.hex(), content);
        return new PackageAvailable.Builder()
                .version(version)
                .hash(hash)
                .file(new DownloadableFile.Builder()
                        .download_url(file.toString())
                        .content_hash(contentHash)
                        .signature(signature)
                        .build())
                .build();
    }

    private static PackagesAvailable message(Map<String, PackageAvailable> packages) {
        StringBuilder all = new StringBuilder();
        packages.forEach((name, offered) -> all.append(name).append(offered));
        return new PackagesAvailable.Builder()
                .all_packages_hash(ByteString.encodeUtf8(all.toString()).sha256())
                .packages(packages)
                .build();
    }
}
