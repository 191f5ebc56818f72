package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.release.KeyList.RevokedKey;
import updater.release.KeyList.SigningKey;
import updater.release.ReleaseRefused.Check;

class StatementVerifierTests {
    private static final byte[] LIST = Vendor.signed(Vendor.LIST, Vendor.ROOT1, Vendor.ROOT3);

    private static ReleaseVerifier.Host at(String now) {
        return new ReleaseVerifier.Host("agent", "linux-amd64-glibc", Instant.parse(now));
    }

    private static void assertRefused(ThrowingCallable call, Check check, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ReleaseRefused.class,
                        e -> assertThat(e.check()).as(e.getMessage()).isEqualTo(check))
                .hasMessageContaining(message)
                .hasMessageMatching("[ -~]+");
    }

    private static TrustState installed(String version, long counter, long floor) {
        return new TrustState(
                counter,
                Optional.of(version),
                floor,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void release_ofTheVendor_isBelieved_andRemembered() throws ReleaseRefused {
        BelievedRelease release = Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE);
        assertThat(release.statement()).isEqualTo(Vendor.RELEASE);
        assertThat(release.key().describe())
                .isEqualTo("2026a (" + Vendor.KEY.key().number() + ")");
        assertThat(release.keyList()).isEqualTo(3);
        assertThat(release.seen().counter()).isZero();
        assertThat(release.seen().created()).contains(Vendor.RELEASE.created());
        assertThat(release.seen().seen()).contains(Vendor.NOW);
        assertThat(release.seen().list().orElseThrow().number()).isEqualTo(3);
        assertThat(release.installed().counter()).isEqualTo(1040);
        assertThat(release.installed().version()).contains("v1.104.0");
        assertThat(release.installed().floor()).isEqualTo(1020);
    }

    @Test
    void release_thatIsInstalled_isBelievedAgain_andChangesNothing() throws ReleaseRefused {
        TrustState once =
                Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE).installed();
        BelievedRelease again = Vendor.verify(Vendor.offer(Vendor.RELEASE), once);
        assertThat(again.seen()).isEqualTo(once);
        assertThat(again.installed()).isEqualTo(once);
    }

    @Test
    void statement_ofAnotherProduct_isRefused() {
        assertRefused(
                () -> Vendor.verify(
                        Vendor.offer(Vendor.KEY.embed(Vendor.with("product", "other")), LIST), TrustState.NONE),
                Check.PRODUCT,
                "release statement: expected the product 'agent', found 'other'");
    }

    @Test
    void statement_ofAnotherPlatform_isRefused() {
        assertRefused(
                () -> Vendor.verify(
                        Vendor.offer(Vendor.KEY.embed(Vendor.with("platform", "linux-arm64-glibc")), LIST),
                        TrustState.NONE),
                Check.PLATFORM,
                "expected the platform 'linux-amd64-glibc', found 'linux-arm64-glibc'");
    }

    @Test
    void bundle_ofAnotherSize_isRefusedBeforeItIsRead() {
        ReleaseOffer offer = new ReleaseOffer(
                Optional.of(Vendor.KEY.embed(Vendor.RELEASE.text())), Optional.of(LIST), OptionalLong.of(4711));
        assertRefused(
                () -> Vendor.verify(offer, TrustState.NONE),
                Check.SIZE,
                "expected a bundle of 5000000000 bytes, found 4711");
    }

    @Test
    void bundle_thatWasRead_isComparedWithTheStatement() throws ReleaseRefused {
        BelievedRelease release = Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE);
        release.requireBundle(5_000_000_000L, Vendor.RELEASE.sha256());
        assertRefused(
                () -> release.requireBundle(705_032_704L, Vendor.RELEASE.sha256()),
                Check.SIZE,
                "release v1.104.0: expected a bundle of 5000000000 bytes, found 705032704 bytes");
        assertRefused(
                () -> release.requireBundle(5_000_000_000L, "00"),
                Check.SHA256,
                "expected a bundle with the SHA-256 " + Vendor.RELEASE.sha256() + ", found 00");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-26T23:59:59Z, CREATED",
        "2026-11-27T00:00:00Z, ",
        "2027-05-27T23:59:59Z, ",
        "2027-05-28T00:00:00Z, EXPIRES",
        "2027-12-31T23:59:59Z, EXPIRES"
    })
    void statement_isBelieved_fromCreatedLessADayUntilExpires(String now, Check refused) throws ReleaseRefused {
        if (refused == null) {
            Vendor.verify(Vendor.offer(Vendor.RELEASE), at(now), TrustState.NONE);
            return;
        }
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), at(now), TrustState.NONE),
                refused,
                "and it is " + now);
    }

    @Test
    void clock_setBack_doesNotMakeAnExpiredOfferFresh() {
        TrustState later = new TrustState(
                0,
                Optional.empty(),
                0,
                Optional.of(Instant.parse("2027-06-01T00:00:00Z")),
                Optional.of(Instant.parse("2027-06-02T00:00:00Z")),
                Optional.empty(),
                Optional.empty());
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), later),
                Check.EXPIRES,
                "it expired at 2027-05-28T00:00:00Z, and it is 2027-06-01T00:00:00Z");
    }

    @Test
    void counter_lowerThanInstalled_isRefused_unlessAllowed_once() throws ReleaseRefused {
        TrustState state = installed("v1.105.0", 1050, 1020);
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), state),
                Check.COUNTER,
                "expected a counter of at least 1050, which was installed, found 1040 of version v1.104.0");
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), state.allowingDowngrade("v1.103.0")),
                Check.COUNTER,
                "found 1040");
        BelievedRelease release = Vendor.verify(Vendor.offer(Vendor.RELEASE), state.allowingDowngrade("v1.104.0"));
        // Rolled back: what was seen is kept, the allowance too.
        assertThat(release.seen().allowedDowngrade()).contains("v1.104.0");
        assertThat(release.installed().counter()).isEqualTo(1050);
        assertThat(release.installed().version()).contains("v1.105.0");
        assertThat(release.installed().allowedDowngrade()).isEmpty();
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), release.installed()), Check.COUNTER, "found 1040");
    }

    @Test
    void allowance_isUsedUp_byAnyInstallation() throws ReleaseRefused {
        TrustState state = installed("v1.103.0", 1030, 1020).allowingDowngrade("v1.102.0");
        assertThat(Vendor.verify(Vendor.offer(Vendor.RELEASE), state)
                        .installed()
                        .allowedDowngrade())
                .isEmpty();
    }

    @Test
    void floor_isNotPassed_byAnAllowanceEither() {
        TrustState state = installed("v1.106.0", 1060, 1041).allowingDowngrade("v1.104.0");
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), state),
                Check.FLOOR,
                "expected a counter of at least 1041, the floor, found 1040 of version v1.104.0");
    }

    @Test
    void floor_neverSinks() throws ReleaseRefused {
        TrustState state = installed("v1.103.0", 1030, 1025);
        assertThat(Vendor.verify(Vendor.offer(Vendor.RELEASE), state)
                        .installed()
                        .floor())
                .isEqualTo(1025);
    }

    @Test
    void counter_ofAnotherVersion_isRefused() {
        assertRefused(
                () -> Vendor.verify(Vendor.offer(Vendor.RELEASE), installed("v1.104.1", 1040, 0)),
                Check.COUNTER,
                "expected the version v1.104.1 with the counter 1040, which was installed, found v1.104.0");
    }

    @Test
    void statement_thatIsMissing_isRefusedWhereRequired_andElsewhereUnsigned() throws ReleaseRefused {
        ReleaseOffer unsigned = new ReleaseOffer(Optional.empty(), Optional.of(LIST), OptionalLong.empty());
        assertRefused(() -> Vendor.verify(unsigned, TrustState.NONE), Check.REQUIRED, "trust.required is true");
        TrustPolicy lenient = new TrustPolicy(false, Optional.of(Vendor.ROOTS), 0);
        assertThat(ReleaseVerifier.releaseStatement().verify(unsigned, Vendor.HOST, lenient, TrustState.NONE))
                .isEmpty();
        // A bad signature is not better than none.
        byte[] forged = Vendor.OTHER.embed(Vendor.RELEASE.text());
        assertRefused(
                () -> ReleaseVerifier.releaseStatement()
                        .verify(Vendor.offer(forged, LIST), Vendor.HOST, lenient, TrustState.NONE),
                Check.SIGNATURE,
                "found one by " + Vendor.OTHER.key().number());
    }

    @Test
    void verifierNone_believesNobody_andRefusesWhereRequired() throws ReleaseRefused {
        ReleaseVerifier none = ReleaseVerifier.of(TrustPolicy.NONE, TrustState.NONE);
        assertThat(none.name()).isEqualTo("none");
        assertThat(none.verify(Vendor.offer(Vendor.RELEASE), Vendor.HOST, TrustPolicy.NONE, TrustState.NONE))
                .isEmpty();
        assertRefused(
                () -> none.verify(Vendor.offer(Vendor.RELEASE), Vendor.HOST, Vendor.POLICY, TrustState.NONE),
                Check.REQUIRED,
                "the verifier is 'none'");
        assertThat(ReleaseVerifier.of(Vendor.POLICY, TrustState.NONE).name()).isEqualTo("release-statement");
    }

    /** A descriptor that lost its roots does not make a host believe everybody again. */
    @Test
    void verifier_ofAHostThatHasSeenAList_isThatOfStatements() throws ReleaseRefused {
        TrustState seen =
                Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE).seen();
        ReleaseVerifier verifier = ReleaseVerifier.of(TrustPolicy.NONE, seen);
        assertThat(verifier.name()).isEqualTo("release-statement");
        assertThat(verifier.verify(Vendor.offer(Vendor.RELEASE), Vendor.HOST, TrustPolicy.NONE, seen))
                .isPresent();
    }

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
        "2026-12-01T12:00:01Z, 2028-01-01T00:00:00Z, KEY",
        "2026-12-01T12:00:00Z, 2028-01-01T00:00:00Z, ",
        "2026-01-01T00:00:00Z, 2026-12-01T12:00:01Z, ",
        "2026-01-01T00:00:00Z, 2026-12-01T12:00:00Z, KEY",
        "2025-01-01T00:00:00Z, 2026-01-01T00:00:00Z, KEY"
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

    @Test
    void staleness_countsFromTheFirstSightOfTheNewest() throws ReleaseRefused {
        TrustState state =
                Vendor.verify(Vendor.offer(Vendor.RELEASE), TrustState.NONE).seen();
        assertThat(state.isStale(Vendor.POLICY, Vendor.NOW.plus(Duration.ofDays(30))))
                .isFalse();
        assertThat(state.isStale(
                        Vendor.POLICY, Vendor.NOW.plus(Duration.ofDays(30)).plusSeconds(1)))
                .isTrue();
        assertThat(state.isStale(TrustPolicy.NONE, Vendor.NOW.plus(Duration.ofDays(3000))))
                .isFalse();
        assertThat(TrustState.NONE.isStale(Vendor.POLICY, Vendor.NOW)).isFalse();
        // The same release, offered every day, is nothing newer.
        TrustState again = Vendor.verify(Vendor.offer(Vendor.RELEASE), at("2026-12-20T00:00:00Z"), state)
                .seen();
        assertThat(again.seen()).contains(Vendor.NOW);
    }
}
