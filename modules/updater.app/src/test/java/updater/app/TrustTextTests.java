package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import updater.api.Trust;
import updater.release.ReleaseRefused;
import updater.release.TrustState;

final class TrustTextTests {
    private static final Instant NOW = Instant.parse("2026-12-31T00:00:00Z");

    private static TrustState state() throws ReleaseRefused {
        String text = """
                host-updater trust 1
                counter 1040
                version v1.104.0
                floor 1020
                created 2026-11-01T00:00:00Z
                seen 2026-11-02T00:00:00Z
                allow-downgrade v1.103.0
                list -
                """;
        return TrustState.parse(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void lines_nothingKnownAndNoRoots_whoStartsItVouches() {
        assertThat(TrustText.lines(Trust.NONE, TrustState.NONE, NOW))
                .singleElement()
                .asString()
                .contains("whoever starts the updater vouches");
    }

    @Test
    void lines_installedBefore_countersAreThere() throws ReleaseRefused {
        assertThat(TrustText.lines(Trust.NONE, state(), NOW))
                .contains("highest counter installed: 1040 (v1.104.0), floor 1020")
                .anySatisfy(line -> assertThat(line).contains("may go back to v1.103.0"))
                .noneSatisfy(line -> assertThat(line).contains("WARNING"));
    }

    @Test
    void lines_nothingNewerForTooLong_warns() throws ReleaseRefused {
        assertThat(TrustText.lines(new Trust(false, List.of(), 2, 30), state(), NOW))
                .last()
                .asString()
                .contains("WARNING", "59 days");
        assertThat(TrustText.lines(new Trust(false, List.of(), 2, 59), state(), NOW))
                .noneSatisfy(line -> assertThat(line).contains("WARNING"));
    }
}
