package updater.service.windows;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.conformance.ServiceBench;

/** The Windows of the provider's own tests, for tests of other modules. Neither time nor processes are real. */
public final class WindowsUnder {
    private WindowsUnder() {}

    public static ServiceBench root(Path root) throws IOException {
        return new WindowsDiskBench(root);
    }
}
