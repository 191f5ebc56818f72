package updater.service.macos;

import java.nio.file.Path;
import updater.api.service.ServiceManagerProvider;

/** Offer launchd as it is found under a directory, to tests of other modules. */
public final class LaunchdUnder {
    private LaunchdUnder() {}

    public static ServiceManagerProvider root(Path root) {
        return new LaunchdProvider(root);
    }
}
