package updater.release;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A vendor with three roots, of which two have to sign, and two signing keys. */
final class Vendor {
    static final TestKey ROOT1 = TestKey.of("root 1");
    static final TestKey ROOT2 = TestKey.of("root 2");
    static final TestKey ROOT3 = TestKey.of("root 3");
    static final TestKey OTHER = TestKey.of("somebody else");
    static final TestKey KEY = TestKey.of("signing key a");
    static final TestKey KEY_B = TestKey.of("signing key b");

    static final Roots ROOTS = roots(2, ROOT1, ROOT2, ROOT3);
    static final TrustPolicy POLICY = new TrustPolicy(true, Optional.of(ROOTS), 30);
    static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
    static final ReleaseVerifier.Host HOST = new ReleaseVerifier.Host("agent", "linux-amd64-glibc", NOW);

    static final ReleaseStatement RELEASE = new ReleaseStatement(
            "agent",
            "v1.104.0",
            1040,
            1020,
            new ReleaseStatement.Bundle(
                    "linux-amd64-glibc", 5_000_000_000L, "0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)),
            new ReleaseStatement.Validity(Instant.parse("2026-11-28T00:00:00Z"), Instant.parse("2027-05-28T00:00:00Z")),
            3);
    static final KeyList LIST = list(3, ROOTS, List.of(validKey("2026a", KEY), validKey("2026b", KEY_B)), List.of());

    private Vendor() {}

    static Roots roots(int threshold, TestKey... keys) {
        return new Roots(threshold, List.of(keys).stream().map(TestKey::key).toList());
    }

    static KeyList.SigningKey validKey(String name, TestKey key) {
        return new KeyList.SigningKey(
                name, key.key(), Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2028-01-01T00:00:00Z"));
    }

    static KeyList list(long number, Roots roots, List<KeyList.SigningKey> keys, List<KeyList.RevokedKey> revoked) {
        return new KeyList("agent", number, Instant.parse("2026-06-01T00:00:00Z"), roots, keys, revoked);
    }

    /** Returns a list's file, signed in this order. */
    static byte[] signed(KeyList list, TestKey... roots) {
        return signed(list.text(), roots);
    }

    static byte[] signed(byte[] text, TestKey... keys) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (TestKey key : keys) {
            file.writeBytes(key.block(text).getBytes(StandardCharsets.US_ASCII));
        }
        file.writeBytes(text);
        return file.toByteArray();
    }

    static ReleaseOffer offer(byte[] statement, byte[] list) {
        return new ReleaseOffer(
                Optional.of(statement),
                Optional.of(list),
                OptionalLong.of(RELEASE.bundle().size()));
    }

    static ReleaseOffer offer(ReleaseStatement release) {
        return offer(KEY.embed(release.text()), signed(LIST, ROOT1, ROOT2));
    }

    static BelievedRelease verify(ReleaseOffer offer, TrustState state) throws ReleaseRefused {
        return verify(offer, HOST, state);
    }

    static BelievedRelease verify(ReleaseOffer offer, ReleaseVerifier.Host host, TrustState state)
            throws ReleaseRefused {
        try {
            BelievedRelease release = ReleaseVerifier.releaseStatement()
                    .verify(offer, host, POLICY, state)
                    .orElseThrow();
            SignatureCases.valid();
            return release;
        } catch (ReleaseRefused e) {
            SignatureCases.refused();
            throw e;
        }
    }

    static ReleaseStatement counter(String version, long counter, long floor) {
        return new ReleaseStatement(
                RELEASE.product(), version, counter, floor, RELEASE.bundle(), RELEASE.validity(), RELEASE.keys());
    }

    /** Returns a statement's text with the value of one line replaced. */
    static byte[] with(String key, String value) {
        return replaced(RELEASE.text(), key, value);
    }

    static byte[] replaced(byte[] text, String key, String value) {
        String all = new String(text, StandardCharsets.US_ASCII);
        String changed = all.replaceFirst("(?m)^" + key + " .*$", key + " " + value);
        if (changed.equals(all)) {
            throw new AssertionError("no other value of " + key);
        }
        return changed.getBytes(StandardCharsets.US_ASCII);
    }
}
