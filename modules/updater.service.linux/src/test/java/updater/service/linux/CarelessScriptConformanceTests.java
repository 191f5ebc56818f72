package updater.service.linux;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** Real processes, started by a script that keeps no pid file, waits for nothing, and is always successful. */
@EnabledOnOs(OS.LINUX)
class CarelessScriptConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new SysVBench(directory, SysVBench.Script.CARELESS);
    }
}
