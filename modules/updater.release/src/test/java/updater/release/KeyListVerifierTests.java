package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.release.KeyList.RevokedKey;
import updater.release.KeyList.SigningKey;
import updater.release.ReleaseRefused.Check;

/** Which lists of keys are believed, and which keys they make believed. */
class KeyListVerifierTests extends OfferedRelease {
    @Test
    void keyList_thatIsMissing_isRefused() {
        ReleaseOffer offer = new ReleaseOffer(
                Optional.of(Vendor.KEY.embed(Vendor.RELEASE.text())), Optional.empty(), OptionalLong.empty());
        assertRefused(() -> Vendor.verify(offer, TrustState.NONE), Check.KEY_LIST, "there is no key list with it");
    }

    @Test
    void keyList_olderThanSeen_isRefused() throws ReleaseRefused {
        KeyList newer = Vendor.list(4, Vendor.ROOTS, Vendor.LIST.keys(), List.of());
        TrustState seen = Vendor.verify(
                        Vendor.offer(
                                Vendor.KEY.embed(Vendor.RELEASE.text()),
                                Vendor.signed(newer, Vendor.ROOT1, Vendor.ROOT2)),
                        TrustState.NONE)
                .seen();
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), seen),
                Check.KEY_LIST,
                "key list: expected number 4 or higher, which was seen already, found 3");
    }

    @Test
    void keyList_ofTheSameNumberAndOtherKeys_isRefused() throws ReleaseRefused {
        TrustState seen =
                Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE).seen();
        KeyList other = Vendor.list(3, Vendor.ROOTS, List.of(Vendor.validKey("2026a", Vendor.KEY)), List.of());
        assertRefused(
                () -> Vendor.verify(
                        Vendor.offer(
                                Vendor.KEY.embed(Vendor.RELEASE.text()),
                                Vendor.signed(other, Vendor.ROOT1, Vendor.ROOT2)),
                        seen),
                Check.KEY_LIST,
                "of number 3 as it was seen before, found " + other.sha256());
        // Signed by other roots, it is the same list.
        Vendor.verify(
                Vendor.offer(
                        Vendor.KEY.embed(Vendor.RELEASE.text()),
                        Vendor.signed(Vendor.LIST, Vendor.ROOT3, Vendor.ROOT2, Vendor.ROOT1)),
                seen);
    }

    @Test
    void keyList_olderThanTheStatementAsksFor_isRefused() {
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.KEY.embed(Vendor.with("keys", "4")), LIST), TrustState.NONE),
                Check.KEY_LIST,
                "expected key list 4 or higher, found 3");
    }

    @Test
    void keyList_ofAnotherProduct_isRefused() {
        byte[] other = Vendor.replaced(Vendor.LIST.text(), "product", "other");
        assertRefused(
                () -> Vendor.verify(
                        Vendor.offer(
                                Vendor.KEY.embed(Vendor.RELEASE.text()),
                                Vendor.signed(other, Vendor.ROOT1, Vendor.ROOT2)),
                        TrustState.NONE),
                Check.PRODUCT,
                "key list: expected the product 'agent', found 'other'");
    }

    @Test
    void revocation_holds_althoughTheReleaseThatBroughtItIsRefused() throws ReleaseRefused {
        TrustState before =
                Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE).seen();
        KeyList revoking = Vendor.list(
                4,
                Vendor.ROOTS,
                List.of(Vendor.validKey("2026b", Vendor.KEY_B)),
                List.of(new RevokedKey("2026a", Vendor.KEY.key(), Instant.parse("2026-11-30T00:00:00Z"))));
        byte[] revokingFile = Vendor.signed(revoking, Vendor.ROOT1, Vendor.ROOT2);
        assertThatThrownBy(() ->
                        Vendor.verify(Vendor.offer(Vendor.KEY.embed(Vendor.RELEASE.text()), revokingFile), before))
                .isInstanceOfSatisfying(ReleaseRefused.class, e -> {
                    assertThat(e.check()).isEqualTo(Check.KEY);
                    assertThat(e.seen().orElseThrow().list().orElseThrow().number())
                            .isEqualTo(4);
                    assertRefused(
                            () -> Vendor.verify(
                                    Vendor.offer(Vendor.RELEASE), e.seen().orElseThrow()),
                            Check.KEY_LIST,
                            "found 3");
                })
                .hasMessageContaining("the key 2026a (" + Vendor.KEY.key().number()
                        + ") that signed it was revoked at 2026-11-30T00:00:00Z by key list 4");
        // The other key signs on.
        assertThat(Vendor.verify(Vendor.offer(Vendor.KEY_B.embed(Vendor.RELEASE.text()), revokingFile), before)
                        .key()
                        .name())
                .isEqualTo("2026b");
    }

    /** Signature first: whose name a forger puts on his statement is not said to be revoked. */
    @Test
    void signature_isVerified_beforeItsKeyIsSaidToBeRevoked() {
        KeyList revoking = Vendor.list(
                4,
                Vendor.ROOTS,
                List.of(),
                List.of(new RevokedKey("2026a", Vendor.KEY.key(), Instant.parse("2026-11-30T00:00:00Z"))));
        String forged = TestKey.block(TestKey.base64(Vendor.KEY.number(), Vendor.OTHER.sign(Vendor.RELEASE.text())));
        assertRefused(
                () -> Vendor.verify(
                        Vendor.offer(
                                TestKey.concat(forged.getBytes(StandardCharsets.US_ASCII), Vendor.RELEASE.text()),
                                Vendor.signed(revoking, Vendor.ROOT1, Vendor.ROOT2)),
                        TrustState.NONE),
                Check.SIGNATURE,
                "the signature by 2026a is not valid");
    }

    /** Nothing of a text that nobody signed is looked at, not even whether it is a statement. */
    @Test
    void signature_isVerified_beforeTheTextIsRead() {
        byte[] nonsense = "no statement\r\n".getBytes(StandardCharsets.US_ASCII);
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.OTHER.embed(nonsense), LIST), TrustState.NONE),
                Check.SIGNATURE,
                "found one by");
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.KEY.embed(nonsense), LIST), TrustState.NONE),
                Check.FORMAT,
                "0x0d");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-12-01T12:00:01Z, 2028-01-01T00:00:00Z, KEY_TIME",
        "2026-12-01T12:00:00Z, 2028-01-01T00:00:00Z, ",
        "2026-01-01T00:00:00Z, 2026-12-01T12:00:01Z, ",
        "2026-01-01T00:00:00Z, 2026-12-01T12:00:00Z, KEY_TIME",
        "2025-01-01T00:00:00Z, 2026-01-01T00:00:00Z, KEY_TIME"
    })
    void signingKey_isBelieved_withinItsValidityOnly(String from, String until, Check refused) throws ReleaseRefused {
        KeyList list = Vendor.list(
                3,
                Vendor.ROOTS,
                List.of(new SigningKey("k", Vendor.KEY.key(), Instant.parse(from), Instant.parse(until))),
                List.of());
        ReleaseOffer offer =
                Vendor.offer(Vendor.KEY.embed(Vendor.RELEASE.text()), Vendor.signed(list, Vendor.ROOT1, Vendor.ROOT2));
        if (refused == null) {
            Vendor.verify(offer, TrustState.NONE);
            return;
        }
        assertRefused(
                () -> Vendor.verify(offer, TrustState.NONE),
                refused,
                "is valid from " + from + " until " + until + ", and it is " + Vendor.NOW);
    }

    @Test
    void root_mayNotSignReleases() {
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.ROOT1.embed(Vendor.RELEASE.text()), LIST), TrustState.NONE),
                Check.SIGNATURE,
                "found one by " + Vendor.ROOT1.key().number());
    }
}
