package updater.service.linux;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** Real processes below a stand-in for OpenRC. */
@EnabledOnOs(OS.LINUX)
class OpenRcConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new OpenRcBench(directory);
    }
}
