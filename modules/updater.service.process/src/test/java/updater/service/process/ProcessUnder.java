package updater.service.process;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.conformance.ServiceBench;

/** The agent of the provider's own tests, for tests of other modules. Its processes are real. */
public final class ProcessUnder {
    private ProcessUnder() {}

    public static ServiceBench root(Path root) throws IOException {
        return new ProcessBench(root);
    }
}
