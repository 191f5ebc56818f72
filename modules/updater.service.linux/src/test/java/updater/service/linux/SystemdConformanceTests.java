package updater.service.linux;

import java.nio.file.Path;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/** The table of units that {@link SystemdBench} keeps as systemd would; the real one is tested from {@code packaging}. */
class SystemdConformanceTests extends ServiceConformance {
    @Override
    protected ServiceBench open(Path directory) throws Exception {
        return new SystemdBench(directory);
    }
}
