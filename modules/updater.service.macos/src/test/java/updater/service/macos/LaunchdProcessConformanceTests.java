package updater.service.macos;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** A launchd with real processes, reached through its command. */
@EnabledOnOs(OS.LINUX)
class LaunchdProcessConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new HostBench(directory);
    }
}
