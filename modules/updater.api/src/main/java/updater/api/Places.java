package updater.api;

import java.util.Map;

/**
 * The places of a product on a host.
 *
 * @param home where the agent is installed, by operating system
 * @param stateDirectory the state directory of a privileged run, by operating system; {@code [INSTALLDIR]} stands for
 *     home with a trailing separator; a system that is missing here has the default of {@link HomeLayout}
 */
public record Places(Map<Os, HomeRule> home, Map<Os, String> stateDirectory) {
    public Places {
        home = Map.copyOf(home);
        stateDirectory = Map.copyOf(stateDirectory);
    }
}
