package updater.service.macos;

import java.nio.file.Path;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** A launchd with made-up time and processes. */
class LaunchdConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new VirtualBench(directory);
    }
}
