package updater.service.process;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** Real processes of this host. */
@EnabledOnOs(OS.LINUX)
class ProcessConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new ProcessBench(directory);
    }
}
