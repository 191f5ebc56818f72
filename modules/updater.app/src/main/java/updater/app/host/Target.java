package updater.app.host;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the operator, the agent or the guard says of the installation to work on. What is not said is found on the host.
 *
 * @param home where the agent is installed, as given; not checked yet
 * @param product the product descriptor to use instead of the one in the runtime, as given
 * @param serviceManager the provider to use instead of the one detected
 */
public record Target(Optional<Path> home, Optional<Path> product, Optional<String> serviceManager) {}
