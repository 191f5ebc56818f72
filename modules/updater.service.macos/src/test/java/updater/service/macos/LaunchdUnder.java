package updater.service.macos;

import java.nio.file.Path;
import updater.api.service.ServiceManagerProvider;

/** The provider of launchd as it is found under a directory, for tests of other modules. */
public final class LaunchdUnder {
    private LaunchdUnder() {}

    public static ServiceManagerProvider root(Path root) {
        return new LaunchdProvider(root);
    }
}
