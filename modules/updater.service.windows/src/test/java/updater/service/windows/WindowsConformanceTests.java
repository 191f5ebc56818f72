package updater.service.windows;

import java.nio.file.Path;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** A fake service control manager, checked against Wine's by the scenarios. */
class WindowsConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new WindowsBench();
    }
}
