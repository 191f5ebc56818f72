package updater.service.linux;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.conformance.ServiceBench;

/** The systemd of the provider's own tests, for tests of other modules. */
public final class SystemdUnder {
    private SystemdUnder() {}

    public static ServiceBench root(Path root) throws IOException {
        return new SystemdBench(root);
    }
}
