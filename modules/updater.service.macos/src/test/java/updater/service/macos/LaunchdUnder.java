package updater.service.macos;

import java.io.IOException;
import java.nio.file.Path;
import updater.api.conformance.ServiceBench;
import updater.api.service.ServiceManagerProvider;

/** The provider of launchd as it is found under a directory, for tests of other modules. */
public final class LaunchdUnder {
    private LaunchdUnder() {}

    /** The launchd of the provider's own tests, for which neither time nor processes are real. */
    public static ServiceBench virtual(Path root) throws IOException {
        return new VirtualBench(root);
    }

    public static ServiceManagerProvider root(Path root) {
        return new LaunchdProvider(root);
    }
}
