package updater.release;

import java.time.Instant;
import java.util.Optional;

/** A judge of releases. It keeps nothing and changes nothing: the same input has the same answer. */
public interface ReleaseVerifier {
    /**
     * The host that a release is to be installed on.
     *
     * @param product the name in the product descriptor
     * @param platform as statements name it, e.g. {@code linux-amd64-glibc}
     * @param now the host's clock
     */
    record Host(String product, String platform, Instant now) {}

    /** Returns the name by which report and status call this verifier. */
    String name();

    /**
     * Believes a release or refuses it. Signatures are verified before anything that they sign is looked at.
     *
     * @return the release; empty for one that nobody vouches for, where the policy allows it
     * @throws ReleaseRefused with the check that failed and the values compared; what it has {@link ReleaseRefused#seen
     *     seen} is to be kept all the same
     */
    Optional<BelievedRelease> verify(ReleaseOffer offer, Host host, TrustPolicy policy, TrustState state)
            throws ReleaseRefused;

    /** Returns {@code release-statement} where there are roots to verify by, and {@code none} elsewhere. */
    static ReleaseVerifier of(TrustPolicy policy, TrustState state) {
        return state.roots(policy).isPresent() ? releaseStatement() : none();
    }

    /** Returns the verifier that believes nobody and allows everything, unless statements are required. */
    static ReleaseVerifier none() {
        return new NoVerifier();
    }

    /** Returns the verifier of signed statements. */
    static ReleaseVerifier releaseStatement() {
        return new StatementVerifier();
    }
}
