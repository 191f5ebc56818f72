package updater.api;

import java.nio.file.Path;
import java.util.List;

/**
 * The rule by which home is found on one operating system.
 *
 * @param directory the default
 * @param overrides looked up in order; the first one that is present wins over the default
 */
public record HomeRule(Path directory, List<HomeOverride> overrides) {
    public HomeRule {
        overrides = List.copyOf(overrides);
    }

    /** A place on the host that says where home is. */
    public sealed interface HomeOverride {
        /** A {@code NAME=value} line in a file such as {@code /etc/default/<service>}. */
        record EnvironmentFile(Path file, String variable) implements HomeOverride {}

        /** A string value in the Windows registry, 64-bit view, below {@code HKEY_LOCAL_MACHINE}. */
        record RegistryValue(String key, String value) implements HomeOverride {}
    }
}
