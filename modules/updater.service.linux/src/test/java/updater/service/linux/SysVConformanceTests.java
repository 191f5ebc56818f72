package updater.service.linux;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** Real processes, started by a script as the Linux Standard Base asks for it. */
@EnabledOnOs(OS.LINUX)
class SysVConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new SysVBench(directory, SysVBench.Script.CAREFUL);
    }
}
