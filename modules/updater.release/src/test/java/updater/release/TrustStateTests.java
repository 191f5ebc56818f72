package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import updater.release.TrustState.KnownList;

class TrustStateTests {
    private static final TrustState STATE = new TrustState(
            1040,
            Optional.of("v1.104.0"),
            1020,
            Optional.of(Instant.parse("2026-11-28T00:00:00Z")),
            Optional.of(Instant.parse("2026-12-01T12:00:00Z")),
            Optional.of(new KnownList(3, "0123456789abcdef".repeat(4), Vendor.ROOTS)),
            Optional.of("v1.103.0"));

    @Test
    void state_written_isReadAsItWas() throws ReleaseRefused {
        for (TrustState state : List.of(
                STATE,
                TrustState.NONE,
                TrustState.NONE.allowingDowngrade("v1"),
                TrustState.NONE.after(Vendor.LIST),
                TrustState.NONE.afterInstall(Vendor.RELEASE))) {
            assertThat(state.text()).hasSizeLessThan(TrustState.MAX_BYTES / 2);
            assertThat(TrustState.parse(state.text())).isEqualTo(state);
        }
    }

    @Test
    void state_isWritten_soThatPeopleReadIt() {
        assertThat(new String(STATE.text(), StandardCharsets.US_ASCII)).isEqualTo("""
                        host-updater trust 1
                        counter 1040
                        version v1.104.0
                        floor 1020
                        created 2026-11-28T00:00:00Z
                        seen 2026-12-01T12:00:00Z
                        allow-downgrade v1.103.0
                        list 3
                        list-sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
                        threshold 2
                        roots 3
                        root %s
                        root %s
                        root %s
                        """.formatted(
                        Vendor.ROOT1.key().base64(),
                        Vendor.ROOT2.key().base64(),
                        Vendor.ROOT3.key().base64()));
        assertThat(new String(TrustState.NONE.text(), StandardCharsets.US_ASCII))
                .isEqualTo("""
                        host-updater trust 1
                        counter 0
                        version -
                        floor 0
                        created -
                        seen -
                        allow-downgrade -
                        list -
                        """);
    }

    record Bad(String key, String value, String message) {}

    static final List<Bad> BAD = List.of(
            new Bad("host-updater", "trust 2", "line 1: expected 'host-updater trust 1'"),
            new Bad("counter", "-1", "line 2, counter: expected 0 to"),
            new Bad("counter", "0", "expected a version with the counter 0 and with no other than 0"),
            new Bad("version", "-", "expected a version with the counter 1040"),
            new Bad("floor", "1041", "the floor 1041 is above the counter 1040"),
            new Bad("created", "-", "expected both or none of the times created and seen"),
            new Bad("seen", "yesterday", "line 6, seen: expected a time"),
            new Bad("allow-downgrade", "v 1", "line 7, allow-downgrade: expected letters"),
            new Bad("list", "0", "line 8, list: expected 1 to"),
            new Bad("list-sha256", "00", "line 9, list-sha256: expected 64 digits"),
            new Bad("threshold", "4", "expected a threshold of 1 to 3, the number of roots, found 4"),
            new Bad("roots", "2", "line 14: expected the end, found 'root "),
            new Bad("roots", "4", "line 15: expected 'root ' and a value, found the end"),
            new Bad("root", "RWQ=", "line 12, root: expected base64 of 'Ed'"));

    @ParameterizedTest
    @FieldSource("BAD")
    void state_withABadValue_isRefused(Bad bad) {
        byte[] bent = Vendor.replaced(STATE.text(), bad.key(), bad.value());
        assertThatThrownBy(() -> TrustState.parse(bent))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageStartingWith("trust state: ")
                .hasMessageContaining(bad.message());
    }

    @Test
    void state_cutAnywhere_isRefused() {
        byte[] text = STATE.text();
        for (int length = 0; length < text.length; length++) {
            byte[] cut = Arrays.copyOf(text, length);
            assertThatThrownBy(() -> TrustState.parse(cut)).isInstanceOf(ReleaseRefused.class);
        }
    }

    @Test
    void state_thatIsTooLong_isRefused() {
        byte[] text = TestKey.concat(STATE.text(), "x\n".repeat(3000).getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> TrustState.parse(text)).hasMessageContaining("expected at most 4096 bytes, found");
    }

    @Test
    void policy_thatCannotHold_isRefused() {
        assertThatThrownBy(() -> TrustPolicy.of(true, List.of(), 2, 0)).hasMessageContaining("there are no roots");
        assertThatThrownBy(
                        () -> TrustPolicy.of(false, List.of(Vendor.ROOT1.key().base64()), 2, 0))
                .hasMessage("expected a threshold of 1 to 1, the number of roots, found 2");
        assertThatThrownBy(() -> TrustPolicy.of(false, List.of(), 2, -1)).hasMessageContaining("expected 0 to 3650");
        assertThatThrownBy(() -> TrustPolicy.of(false, List.of("RWQ"), 1, 0)).hasMessageContaining("base64");
        assertThatThrownBy(() -> Vendor.roots(1, Vendor.ROOT1, Vendor.ROOT1)).hasMessageContaining("is there twice");
        assertThat(TrustPolicy.of(false, List.of(), 2, 0)).isEqualTo(TrustPolicy.NONE);
    }
}
