package updater.packaging;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.bundle.BundleBuilder;
import updater.release.FileList;
import updater.release.KeyList;
import updater.release.ReleasePlatform;
import updater.release.ReleaseRefused;
import updater.release.ReleaseStatement;
import updater.release.Roots;
import updater.release.TrustPolicy;

/**
 * What a vendor says about a bundle, beside what is seen from the bundle itself.
 *
 * @param counter the order of the vendor's releases
 * @param floor releases below it are not to be installed any more
 * @param platform the hosts it is for, as statements name them
 * @param keys the signed key list
 */
record BundleRelease(
        String version, long counter, long floor, String platform, Instant created, Instant expires, Path keys) {

    /** Reads the signed key list. The roots of the descriptor have to have signed it, and it has to name the same ones. */
    KeyList keyList(Product product) throws UpdateFailure.Refused, IOException {
        Roots roots = policy(product)
                .roots()
                .orElseThrow(() -> new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        "the product descriptor names no roots",
                        "Put their public keys into its member trust.roots"));
        try {
            KeyList list = KeyList.believe(Files.readAllBytes(keys), roots);
            if (!list.product().equals(product.name())) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        keys + " is of the product '" + list.product() + "'; expected '" + product.name() + "'",
                        "");
            }
            if (list.roots().threshold() != roots.threshold()
                    || !Set.copyOf(list.roots().keys()).equals(Set.copyOf(roots.keys()))) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        keys + " names other roots, or another threshold, than the product descriptor",
                        "Hosts that begin with this bundle would not believe the next key list: make both the same");
            }
            return list;
        } catch (ReleaseRefused e) {
            throw new UpdateFailure.Refused(RefusalCode.BUNDLE_INVALID, keys + ": " + e.getMessage(), "", e);
        }
    }

    static TrustPolicy policy(Product product) {
        Trust trust = product.trust();
        return TrustPolicy.of(trust.required(), trust.roots(), trust.threshold(), trust.freshDays());
    }

    /**
     * Writes the list of what the bundle will hold.
     *
     * @return its SHA-256
     */
    static String writeList(BundleBuilder builder, Path file) throws IOException {
        List<BundleEntry> entries = builder.entries();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            FileList.Writer writer = new FileList.Writer(out);
            for (BundleEntry entry : entries.stream()
                    .sorted(Comparator.comparing(BundleEntry::path, FileList.ORDER))
                    .toList()) {
                writer.add(listed(builder, entry));
            }
            return writer.sha256();
        }
    }

    private static FileList.Entry listed(BundleBuilder builder, BundleEntry entry) throws IOException {
        if (entry.directory()) {
            return FileList.Entry.directory(entry.path(), entry.mode());
        }
        try (InputStream content = builder.open(entry)) {
            return FileList.Entry.file(entry.path(), entry.mode(), entry.size(), sha256(content));
        }
    }

    /** Returns the statement about a bundle that is written, to be signed. */
    ReleaseStatement statement(Product product, KeyList list, String manifest, Path bundle)
            throws UpdateFailure.Refused, IOException {
        try (InputStream content = Files.newInputStream(bundle)) {
            return new ReleaseStatement(
                    product.name(),
                    version,
                    counter,
                    floor,
                    new ReleaseStatement.Bundle(platform, Files.size(bundle), sha256(content), manifest),
                    new ReleaseStatement.Validity(created, expires),
                    list.number());
        } catch (IllegalArgumentException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, "this cannot be stated: " + e.getMessage(), "", e);
        }
    }

    static String sha256(InputStream content) throws IOException {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                hash.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(hash.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Returns the platform that a runtime is for, as statements name it; empty where it does not say. */
    static Optional<String> platformOf(Path runtime) throws IOException {
        return ReleasePlatform.ofRuntime(Files.readString(runtime.resolve("updater-runtime/platform")));
    }
}
