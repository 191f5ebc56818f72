package updater.packaging;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.bundle.BundleUnpacker;
import updater.release.BelievedRelease;
import updater.release.FileList;
import updater.release.ReleaseOffer;
import updater.release.ReleaseRefused;
import updater.release.ReleaseVerifier;
import updater.release.TrustPolicy;
import updater.release.TrustState;

/**
 * The check that a host which has seen no release yet would believe a bundle with its signed statement.
 *
 * @param bundle the bundle; the statement is beside it, in {@code BUNDLE.release}
 * @param product whose roots decide: those of the vendor's own descriptor, not of the one in the bundle
 * @param now the time of the host
 */
record CheckRelease(Path bundle, Product product, Instant now) {

    /** Returns what the statement says, after every byte of the bundle was compared with it. */
    BelievedRelease check() throws UpdateFailure, ReleaseRefused, IOException {
        Path scratch = Files.createTempDirectory("release");
        try {
            return check(scratch.resolve("tree"));
        } finally {
            try (Stream<Path> paths = Files.walk(scratch)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private BelievedRelease check(Path tree) throws UpdateFailure, ReleaseRefused, IOException {
        List<BundleEntry> entries = new BundleUnpacker().unpack(bundle, tree);
        byte[] statement = Files.readAllBytes(UpdateBundle.statement(bundle));
        Optional<byte[]> keys = Files.exists(tree.resolve(FileList.KEYS))
                ? Optional.of(Files.readAllBytes(tree.resolve(FileList.KEYS)))
                : Optional.empty();
        TrustPolicy policy = BundleRelease.policy(product);
        String platform = BundleRelease.platformOf(tree).orElse("");
        BelievedRelease release = ReleaseVerifier.releaseStatement()
                .verify(
                        new ReleaseOffer(Optional.of(statement), keys, OptionalLong.of(Files.size(bundle))),
                        new ReleaseVerifier.Host(product.name(), platform, now),
                        policy,
                        TrustState.NONE)
                .orElseThrow();
        try (InputStream content = Files.newInputStream(bundle)) {
            release.requireBundle(Files.size(bundle), BundleRelease.sha256(content));
        }
        requireListed(tree, entries, release.statement().bundle().manifest());
        return release;
    }

    private static void requireListed(Path tree, List<BundleEntry> entries, String manifest)
            throws UpdateFailure.Refused, ReleaseRefused, IOException {
        Map<String, BundleEntry> left = new TreeMap<>();
        entries.stream()
                .filter(entry -> !entry.path().split("/", 2)[0].equals(FileList.DIRECTORY))
                .forEach(entry -> left.put(entry.path(), entry));
        try (InputStream in = new BufferedInputStream(Files.newInputStream(tree.resolve(FileList.FILE)))) {
            FileList.Reader reader = new FileList.Reader(in, manifest);
            for (Optional<FileList.Entry> next = reader.next(); next.isPresent(); next = reader.next()) {
                FileList.Entry listed = next.get();
                if (!listed.equals(found(tree, left.remove(listed.path())))) {
                    throw new UpdateFailure.Refused(
                            RefusalCode.BUNDLE_INVALID, "'" + listed.path() + "' is not as the list of files says", "");
                }
            }
        }
        if (!left.isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, "not in the list of files: " + left.keySet(), "");
        }
    }

    private static FileList.Entry found(Path tree, @Nullable BundleEntry entry)
            throws UpdateFailure.Refused, IOException {
        if (entry == null) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, "the list of files has one that the bundle has not", "");
        }
        if (entry.directory()) {
            return FileList.Entry.directory(entry.path(), entry.mode());
        }
        try (InputStream content = Files.newInputStream(tree.resolve(entry.path()))) {
            return FileList.Entry.file(entry.path(), entry.mode(), entry.size(), BundleRelease.sha256(content));
        }
    }
}
