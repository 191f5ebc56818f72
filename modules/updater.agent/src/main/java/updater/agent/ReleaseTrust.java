package updater.agent;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import updater.agent.install.InstallFailure;
import updater.agent.install.Unpacking;
import updater.release.BelievedRelease;
import updater.release.KeyList;
import updater.release.ReleaseOffer;
import updater.release.ReleaseRefused;
import updater.release.ReleaseStatement;
import updater.release.ReleaseVerifier;
import updater.release.TrustPolicy;
import updater.release.TrustState;

/**
 * Whom an agent believes that a release is its vendor's. It is the updater that decides, and that remembers which releases were
 * installed; an agent that asks the same questions first spares its host a download's worth of work.
 *
 * @param policy of the product, with the roots in it
 * @param product the product's name, as statements have it
 * @param platform as statements have it, such as {@code linux-amd64-glibc}
 */
public record ReleaseTrust(TrustPolicy policy, String product, String platform) {

    /** Refuses what is to be known before the first byte is downloaded. */
    Optional<String> refuseOffer(Hash signature) {
        return signature.isEmpty() && policy.required()
                ? Optional.of("the offer has no signed release statement, and this agent takes none without")
                : Optional.empty();
    }

    /**
     * Believes a bundle or refuses it. The list of signing keys is the one in the bundle.
     *
     * @param sha256 of the bundle, as it was read
     * @throws InstallFailure when it is not the vendor's
     */
    void verify(Path bundle, long size, String sha256, Hash signature, Instant now) throws InstallFailure {
        if (policy.roots().isEmpty() || (signature.isEmpty() && !policy.required())) {
            return;
        }
        Optional<byte[]> statement = signature.isEmpty() ? Optional.empty() : Optional.of(signature.bytes());
        ReleaseOffer offer =
                new ReleaseOffer(statement, Unpacking.keyList(bundle, KeyList.MAX_BYTES), OptionalLong.of(size));
        try {
            Optional<BelievedRelease> believed = ReleaseVerifier.releaseStatement()
                    .verify(offer, new ReleaseVerifier.Host(product, platform, now), policy, TrustState.NONE);
            if (believed.isPresent()) {
                believed.get().requireBundle(size, sha256);
            }
        } catch (ReleaseRefused e) {
            throw new InstallFailure("the release is not believed: " + e.getMessage(), e);
        }
    }

    /** Returns the size that a statement speaks of, and believes nothing else of it; empty when it is no statement. */
    static OptionalLong claimedSize(Hash signature) {
        try {
            return signature.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(ReleaseStatement.unbelieved(signature.bytes())
                            .bundle()
                            .size());
        } catch (ReleaseRefused e) {
            return OptionalLong.empty();
        }
    }
}
