package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimespanTests {
    @ParameterizedTest
    @CsvSource({
        "20s, PT20S",
        "1min 30s, PT1M30S",
        "500ms, PT0.5S",
        "1h 2min 3s 4ms 5us, PT1H2M3.004005S",
        "1d, PT24H",
        "1w 2d, PT216H",
        "2.5s, PT2.5S",
        "0, PT0S"
    })
    void parse_systemdsForms_duration(String text, Duration expected) {
        assertThat(Timespan.parse(text)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"infinity", "", "soon", "5 parsecs", "[not set]"})
    void parse_noSpan_empty(String text) {
        assertThat(Timespan.parse(text)).isEmpty();
    }

    @Test
    void parse_yearsAndMonths_systemdsAverages() {
        assertThat(Timespan.parse("1y 1month"))
                .contains(Duration.ofHours(24).multipliedBy(365).plusHours(6).plusSeconds(2_629_800));
    }
}
