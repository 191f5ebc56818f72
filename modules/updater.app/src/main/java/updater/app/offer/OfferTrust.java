package updater.app.offer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.app.host.StateDirectory;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.release.BelievedRelease;
import updater.release.ReleaseOffer;
import updater.release.ReleaseRefused;
import updater.release.ReleaseStatement;
import updater.release.ReleaseVerifier;
import updater.release.TrustPolicy;
import updater.release.TrustState;
import updater.transaction.context.Doubt;

/**
 * What decides whether a bundle is believed before it is unpacked. Its files are compared with the list of files by the
 * update that follows, which also remembers the release.
 *
 * @param policy what the product demands
 * @param state what this host remembers
 */
public record OfferTrust(
        Disk disk, HomeLayout layout, TrustPolicy policy, TrustState state, ReleaseVerifier.Host host) {
    private static final String TRUST = "trust";

    /**
     * Reads what this host remembers.
     *
     * @throws UpdateFailure.Refused when that is damaged
     */
    public static OfferTrust read(Disk disk, HomeLayout layout, Product product, ReleaseVerifier.Host host)
            throws UpdateFailure.Refused {
        Trust trust = product.trust();
        TrustPolicy policy = TrustPolicy.of(trust.required(), trust.roots(), trust.threshold(), trust.freshDays());
        try (Directory state = disk.open(layout.state())) {
            Optional<byte[]> text = SmallFile.read(state, TRUST, TrustState.MAX_BYTES);
            return new OfferTrust(
                    disk, layout, policy, text.isPresent() ? TrustState.parse(text.get()) : TrustState.NONE, host);
        } catch (IOException | ReleaseRefused e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.TRUST_STATE_DAMAGED,
                    "what this host remembers of releases is damaged, "
                            + layout.state().resolve(TRUST) + ": " + Reason.at(e),
                    "Put it back from a backup of this host",
                    e);
        }
    }

    /**
     * Returns this with a signature required, whatever the product says.
     *
     * @throws UpdateFailure.Refused when there is nobody whose signature could be believed
     */
    public OfferTrust required() throws UpdateFailure.Refused {
        if (policy.roots().isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_UNSIGNED,
                    "a request needs a signed bundle, and this product names no roots to verify it by",
                    "Have an operator run 'updater apply'");
        }
        return new OfferTrust(disk, layout, new TrustPolicy(true, policy.roots(), policy.freshDays()), state, host);
    }

    private ReleaseVerifier verifier() {
        return ReleaseVerifier.of(policy, state);
    }

    /**
     * Returns the statement, if there is somebody to believe.
     *
     * @throws ReleaseRefused when there is none, and one is required
     */
    Optional<byte[]> usable(Optional<byte[]> statement) throws ReleaseRefused {
        boolean roots = state.roots(policy).isPresent();
        Optional<byte[]> usable = roots ? statement : Optional.empty();
        if (usable.isEmpty()) {
            verifier()
                    .verify(
                            new ReleaseOffer(Optional.empty(), Optional.empty(), OptionalLong.empty()),
                            host,
                            policy,
                            state);
        }
        return usable;
    }

    Optional<BelievedRelease> believe(byte[] statement, Optional<byte[]> keys, OptionalLong size)
            throws ReleaseRefused {
        return verifier().verify(new ReleaseOffer(Optional.of(statement), keys, size), host, policy, state);
    }

    /** Not a byte is read of a bundle that has another size than the statement says, whoever signed that. */
    void requireSize(ReleaseStatement unbelieved, long size) throws UpdateFailure.Refused {
        if (unbelieved.bundle().size() != size) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_INCOMPLETE,
                    "the statement is about a bundle of " + unbelieved.bundle().size() + " bytes, and this one has "
                            + size,
                    "Fetch both again");
        }
    }

    /** Keeps a newer key list that came with a release that was refused: what it revokes stays revoked. */
    void keepSeen(ReleaseRefused refused) {
        if (refused.seen().isPresent()) {
            try (Directory directory = disk.open(layout.state())) {
                SmallFile.replace(directory, TRUST, refused.seen().get().text(), 0600);
            } catch (IOException e) {
                refused.addSuppressed(e);
            }
        }
    }

    void requireRootsWay(Path real) throws UpdateFailure.Refused {
        try {
            StateDirectory.requireAncestors(real, owner());
        } catch (UpdateFailure.Refused e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_UNSIGNED,
                    "nobody has signed this bundle, and " + e.getMessage(),
                    OfferTaking.SIGN_OR_OWN,
                    e);
        }
    }

    private long owner() throws UpdateFailure.Refused {
        try (Directory directory = disk.open(layout.state())) {
            return directory.self().uid();
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STATE_DIRECTORY_UNUSABLE, layout.state() + " cannot be read: " + Reason.at(e), "", e);
        }
    }

    void requireRoots(Path shown, Stat stat, long user) throws UpdateFailure.Refused {
        Optional<Doubt> doubt = Doubt.about(shown, stat, user);
        if (doubt.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RELEASE_UNSIGNED,
                    "nobody has signed this bundle, and " + doubt.get(),
                    OfferTaking.SIGN_OR_OWN);
        }
    }
}
