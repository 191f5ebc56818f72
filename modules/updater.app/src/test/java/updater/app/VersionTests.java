package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.junit.jupiter.api.Test;

final class VersionTests {
    @Test
    void load_thisBuild_isFilteredByTheBuild() {
        Version version = Version.load();

        assertThat(version.version()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
        assertThat(version.commit()).matches("[0-9a-f]{7,40}|unknown");
        assertThat(version.committed()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ|unknown");
        assertThat(version.committed().equals("unknown"))
                .isEqualTo(version.commit().equals("unknown"));
    }

    @Test
    void line_namesProductVersionCommitAndTime() {
        assertThat(new Version("1.2.3", "abc", "2025-01-01T00:00:00Z").line("observiq-otel-collector"))
                .isEqualTo("observiq-otel-collector updater 1.2.3 (commit abc of 2025-01-01T00:00:00Z)");
    }

    @Test
    void from_missingOrUnfilteredValues_areUnknown() {
        Properties properties = new Properties();
        properties.setProperty("version", "1.0.0");
        properties.setProperty("commit", "${git.commit.id.abbrev}");

        assertThat(Version.from(properties)).isEqualTo(new Version("1.0.0", "unknown", "unknown"));
    }
}
