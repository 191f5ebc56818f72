package updater.release;

import java.util.Optional;

/** The verifier of products that sign nothing. */
record NoVerifier() implements ReleaseVerifier {
    @Override
    public String name() {
        return "none";
    }

    @Override
    public Optional<BelievedRelease> verify(ReleaseOffer offer, Host host, TrustPolicy policy, TrustState state)
            throws ReleaseRefused {
        if (policy.required()) {
            throw new ReleaseRefused(
                    ReleaseRefused.Check.REQUIRED,
                    "signed releases are required (trust.required is true), and the verifier is 'none'");
        }
        return Optional.empty();
    }
}
