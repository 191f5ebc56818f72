package updater.app.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.fs.Disk;

final class RequestLimitTests {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

    @TempDir
    Path state;

    private RequestLimit limit() {
        return new RequestLimit(Disk.ofHost(), state);
    }

    private void fill(Instant when) throws UpdateFailure {
        for (int i = 0; i < RequestLimit.MOST; i++) {
            limit().count(when);
        }
    }

    private void assertRefused(Instant when) {
        assertThatThrownBy(() -> limit().count(when))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("24 requests within a day");
    }

    @Test
    void count_moreThanTheLimit_isRefusedUntilADayLater() throws Exception {
        fill(NOW);

        assertRefused(NOW.plusSeconds(1));
        assertRefused(NOW.plus(Duration.ofDays(1)).minusSeconds(1));
        assertThatCode(() -> limit().count(NOW.plus(Duration.ofDays(1)))).doesNotThrowAnyException();
    }

    @Test
    void count_clockSetBack_neitherLiftsNorKeepsTheLimitForEver() throws Exception {
        fill(NOW);
        Instant back = NOW.minus(Duration.ofDays(365));

        assertRefused(back);
        assertRefused(back.plus(Duration.ofDays(1)).minusSeconds(1));
        assertThatCode(() -> limit().count(back.plus(Duration.ofDays(1)))).doesNotThrowAnyException();
    }

    @Test
    void count_damagedFile_isFullForADay() throws Exception {
        Files.writeString(state.resolve("requests"), "garbage");

        assertRefused(NOW);
        assertThatCode(() -> limit().count(NOW.plus(Duration.ofDays(1)))).doesNotThrowAnyException();
        assertThat(Files.readAllLines(state.resolve("requests"))).hasSize(1);
    }
}
