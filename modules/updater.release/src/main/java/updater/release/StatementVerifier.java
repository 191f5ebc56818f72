package updater.release;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import updater.release.KeyList.RevokedKey;
import updater.release.KeyList.SigningKey;
import updater.release.ReleaseRefused.Check;
import updater.release.TrustState.KnownList;

/** The verifier of signed release statements. */
record StatementVerifier() implements ReleaseVerifier {
    /** How much a host's clock may be behind the vendor's. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofDays(1);

    private static final String WHAT = "release statement";

    @Override
    public String name() {
        return "release-statement";
    }

    @Override
    public Optional<BelievedRelease> verify(ReleaseOffer offer, Host host, TrustPolicy policy, TrustState state)
            throws ReleaseRefused {
        if (offer.statement().isEmpty()) {
            if (policy.required()) {
                throw refuse(
                        Check.REQUIRED, "there is none, and signed releases are required (trust.required is true)");
            }
            return Optional.empty();
        }
        // Its form first: nothing that is not signed costs the verification of ten signatures.
        SignedText statement = SignedText.parse(WHAT, offer.statement().get(), ReleaseStatement.MAX_BYTES, 1);
        KeyList list = believeList(offer, host, policy, state);
        TrustState seen = state.after(list);
        try {
            return Optional.of(believe(statement, list, offer, host, seen));
        } catch (ReleaseRefused e) {
            throw seen.equals(state) ? e : e.keeping(seen);
        }
    }

    /** The roots of the newest list decide, and only where none was seen yet those of the policy. */
    private static KeyList believeList(ReleaseOffer offer, Host host, TrustPolicy policy, TrustState state)
            throws ReleaseRefused {
        Optional<Roots> roots = state.roots(policy);
        if (roots.isEmpty()) {
            throw refuse(Check.KEY_LIST, "there are no roots to verify a key list by");
        }
        if (offer.keyList().isEmpty()) {
            throw refuse(Check.KEY_LIST, "there is no key list with it");
        }
        KeyList list = KeyList.believe(offer.keyList().get(), roots.get());
        if (!list.product().equals(host.product())) {
            throw refuseList(
                    Check.PRODUCT, "expected the product '" + host.product() + "', found '" + list.product() + "'");
        }
        if (state.list().isPresent()) {
            requireNotOlder(list, state.list().get());
        }
        return list;
    }

    private static void requireNotOlder(KeyList list, KnownList known) throws ReleaseRefused {
        if (list.number() < known.number()) {
            throw refuseList(
                    Check.KEY_LIST,
                    "expected number " + known.number() + " or higher, which was seen already, found " + list.number());
        }
        if (list.number() == known.number() && !list.sha256().equals(known.sha256())) {
            throw refuseList(
                    Check.KEY_LIST,
                    "expected the SHA-256 " + known.sha256() + " of number " + known.number()
                            + " as it was seen before, found " + list.sha256());
        }
    }

    private static BelievedRelease believe(
            SignedText signed, KeyList list, ReleaseOffer offer, Host host, TrustState state) throws ReleaseRefused {
        SigningKey key = signedBy(signed, list);
        ReleaseStatement release = ReleaseStatement.parse(signed.text());
        // Signed times move on although a clock was set back.
        Instant now = state.created().filter(host.now()::isBefore).orElse(host.now());
        String today = now.equals(host.now())
                ? "it is " + now
                : "it is " + now + " at least, when a newer release was created (this host's clock says " + host.now()
                        + ")";
        requireValid(key, now, today);
        requireTarget(release, offer, host);
        requireTimely(release, now, today);
        if (release.keys() > list.number()) {
            throw refuse(Check.KEY_LIST, "expected key list " + release.keys() + " or higher, found " + list.number());
        }
        requireNoDowngrade(release, state);
        TrustState seen = state.afterOffer(release, host.now());
        return new BelievedRelease(release, key, list.number(), seen, seen.afterInstall(release));
    }

    private static SigningKey signedBy(SignedText signed, KeyList list) throws ReleaseRefused {
        String number = signed.numbers().get(0);
        Optional<RevokedKey> revoked = list.revokedKey(number);
        if (revoked.isPresent()) {
            signed.verify(0, revoked.get().key(), revoked.get().name());
            throw refuse(
                    Check.KEY,
                    "the key " + revoked.get().name() + " (" + number + ") that signed it was revoked at "
                            + revoked.get().since() + " by key list " + list.number());
        }
        Optional<SigningKey> key = list.key(number);
        if (key.isEmpty()) {
            throw refuse(
                    Check.SIGNATURE,
                    "expected a signature by one of "
                            + list.keys().stream().map(SigningKey::describe).toList() + " of key list " + list.number()
                            + ", found one by " + number);
        }
        signed.verify(0, key.get().key(), "the key " + key.get().describe());
        return key.get();
    }

    private static void requireValid(SigningKey key, Instant now, String today) throws ReleaseRefused {
        if (now.isBefore(key.from()) || !now.isBefore(key.until())) {
            throw refuse(
                    Check.KEY_TIME,
                    "the key " + key.describe() + " is valid from " + key.from() + " until " + key.until() + ", and "
                            + today);
        }
    }

    private static void requireTarget(ReleaseStatement release, ReleaseOffer offer, Host host) throws ReleaseRefused {
        if (!release.product().equals(host.product())) {
            throw refuse(
                    Check.PRODUCT, "expected the product '" + host.product() + "', found '" + release.product() + "'");
        }
        if (!release.bundle().platform().equals(host.platform())) {
            throw refuse(
                    Check.PLATFORM,
                    "expected the platform '" + host.platform() + "', found '"
                            + release.bundle().platform() + "'");
        }
        if (offer.size().isPresent()
                && offer.size().getAsLong() != release.bundle().size()) {
            throw refuse(
                    Check.SIZE,
                    "expected a bundle of " + release.bundle().size() + " bytes, found "
                            + offer.size().getAsLong());
        }
    }

    private static void requireTimely(ReleaseStatement release, Instant now, String today) throws ReleaseRefused {
        if (release.validity().created().isAfter(now.plus(CLOCK_TOLERANCE))) {
            throw refuse(
                    Check.CREATED,
                    "it was created at " + release.validity().created() + ", and " + today
                            + "; this host's clock is slow, or its vendor's was fast");
        }
        if (!now.isBefore(release.validity().expires())) {
            throw refuse(Check.EXPIRES, "it expired at " + release.validity().expires() + ", and " + today);
        }
    }

    /** An operator may go back to an older release, but not to one that the vendor ruled out. */
    private static void requireNoDowngrade(ReleaseStatement release, TrustState state) throws ReleaseRefused {
        if (release.counter() < state.floor()) {
            throw refuse(
                    Check.FLOOR,
                    "expected a counter of at least " + state.floor() + ", the floor, found " + release.counter()
                            + " of version " + release.version());
        }
        boolean allowed = state.allowedDowngrade().equals(Optional.of(release.version()));
        if (release.counter() < state.counter() && !allowed) {
            throw refuse(
                    Check.COUNTER,
                    "expected a counter of at least " + state.counter() + ", which was installed, found "
                            + release.counter() + " of version " + release.version());
        }
        if (release.counter() == state.counter() && !state.version().equals(Optional.of(release.version()))) {
            throw refuse(
                    Check.COUNTER,
                    "expected the version " + state.version().orElse("") + " with the counter " + state.counter()
                            + ", which was installed, found " + release.version());
        }
    }

    private static ReleaseRefused refuse(Check check, String problem) {
        return new ReleaseRefused(check, WHAT + ": " + problem);
    }

    private static ReleaseRefused refuseList(Check check, String problem) {
        return new ReleaseRefused(check, KeyList.WHAT + ": " + problem);
    }
}
