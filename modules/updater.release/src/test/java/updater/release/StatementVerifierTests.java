package updater.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.release.ReleaseRefused.Check;

/** Which statements are believed, for how long, and in which order. */
class StatementVerifierTests extends OfferedRelease {
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
        assertThat(release.seen().created()).contains(Vendor.RELEASE.validity().created());
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
        release.requireBundle(5_000_000_000L, Vendor.RELEASE.bundle().sha256());
        assertRefused(
                () -> release.requireBundle(
                        705_032_704L, Vendor.RELEASE.bundle().sha256()),
                Check.SIZE,
                "release v1.104.0: expected a bundle of 5000000000 bytes, found 705032704 bytes");
        assertRefused(
                () -> release.requireBundle(5_000_000_000L, "00"),
                Check.SHA256,
                "expected a bundle with the SHA-256 " + Vendor.RELEASE.bundle().sha256() + ", found 00");
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
                "it expired at 2027-05-28T00:00:00Z, and it is 2027-06-01T00:00:00Z at least, when a newer release was"
                        + " created (this host's clock says " + Vendor.NOW + ")");
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
