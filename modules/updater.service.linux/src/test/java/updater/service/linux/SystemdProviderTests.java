package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.service.ServiceManagerProvider.Fit;

class SystemdProviderTests {
    @TempDir
    Path root;

    @Test
    void detect_systemdRuns_fits() throws Exception {
        Files.createDirectories(root.resolve("run/systemd/system"));

        assertThat(new SystemdProvider(root).detect(new FakeSystemd()).fit()).isEqualTo(Fit.RUNS);
    }

    @Test
    void detect_onlyInstalled_absent() {
        assertThat(new SystemdProvider(root).detect(new FakeSystemd()).fit()).isEqualTo(Fit.ABSENT);
    }

    @Test
    void detect_noSystemctl_absentAndSaysSo() throws Exception {
        Files.createDirectories(root.resolve("run/systemd/system"));
        FakeSystemd commands = new FakeSystemd();
        commands.missing = List.of("systemctl");

        assertThat(new SystemdProvider(root).detect(commands)).satisfies(detection -> {
            assertThat(detection.fit()).isEqualTo(Fit.ABSENT);
            assertThat(detection.reason()).contains("/usr/bin/systemctl");
        });
    }

    @Test
    void name_isThatOfTheDescriptor() {
        assertThat(new SystemdProvider().name()).isEqualTo("systemd");
    }
}
