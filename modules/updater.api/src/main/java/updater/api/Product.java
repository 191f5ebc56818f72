package updater.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The description of what is being updated: data, never code.
 *
 * @param name the product's name; names the state directory, the guard and the default log records
 * @param packageName the key of the agent in the status file's {@code package_states}
 * @param home where the agent is installed, by operating system
 * @param stateDirectory the state directory of a privileged run, by operating system; {@code [INSTALLDIR]} stands for
 *     home with a trailing separator; a system that is missing here has the default of {@link HomeLayout}
 * @param services the agent's service, by service manager name ({@code systemd}, {@code sysv}, …)
 * @param preservedNames file names that are never overwritten, at any depth
 * @param outsideFiles files that live outside home but are updated with it
 * @param mutablePaths paths relative to home that are never rolled back; a directory ends in {@code /}
 * @param statusFile the status file's path relative to home
 * @param health how the new agent's health is judged
 * @param prepareBudget the longest time spent on preparation while the agent still runs
 * @param retention how much of what an undo removed is kept
 * @param trust whose releases are believed
 */
public record Product(
        String name,
        String packageName,
        Map<Os, HomeRule> home,
        Map<Os, String> stateDirectory,
        Map<String, ServiceSpec> services,
        Set<String> preservedNames,
        List<OutsideFile> outsideFiles,
        List<String> mutablePaths,
        String statusFile,
        HealthRule health,
        Duration prepareBudget,
        Retention retention,
        Trust trust) {

    public Product {
        home = Map.copyOf(home);
        stateDirectory = Map.copyOf(stateDirectory);
        services = Map.copyOf(services);
        preservedNames = Set.copyOf(preservedNames);
        outsideFiles = List.copyOf(outsideFiles);
        mutablePaths = List.copyOf(mutablePaths);
    }

    /** Makes a product whose releases are not signed. */
    public Product(
            String name,
            String packageName,
            Map<Os, HomeRule> home,
            Map<Os, String> stateDirectory,
            Map<String, ServiceSpec> services,
            Set<String> preservedNames,
            List<OutsideFile> outsideFiles,
            List<String> mutablePaths,
            String statusFile,
            HealthRule health,
            Duration prepareBudget,
            Retention retention) {
        this(
                name,
                packageName,
                home,
                stateDirectory,
                services,
                preservedNames,
                outsideFiles,
                mutablePaths,
                statusFile,
                health,
                prepareBudget,
                retention,
                Trust.NONE);
    }

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
    }

    /** A place on the host that says where home is. */
    public sealed interface HomeOverride {
        /** A {@code NAME=value} line in a file such as {@code /etc/default/<service>}. */
        record EnvironmentFile(Path file, String variable) implements HomeOverride {}

        /** A string value in the Windows registry, 64-bit view, below {@code HKEY_LOCAL_MACHINE}. */
        record RegistryValue(String key, String value) implements HomeOverride {}
    }

    /**
     * The agent's service under one service manager.
     *
     * @param name the unit, label or service name as that manager knows it, e.g. {@code observiq-otel-collector.service}
     * @param stagedDefinition the new definition, relative to the staged tree, e.g. {@code install/agent.service}
     * @param installedDefinition where a definition goes on this host, unless the manager says it loads it from
     *     elsewhere; may contain {@code [INSTALLDIR]}; empty where definitions are not files
     */
    public record ServiceSpec(String name, String stagedDefinition, Optional<String> installedDefinition) {}

    /**
     * A file that lives outside home. When it exists there it is replaced there, and not installed into home; when it
     * does not, the staged file is installed into home as any other.
     *
     * @param staged path relative to the staged tree
     * @param target path relative to home, e.g. {@code ../name.jar}
     */
    public record OutsideFile(String staged, String target) {}

    /**
     * The rule by which the new agent's health is judged.
     *
     * @param window how long the new agent has to report, from the moment its start was dispatched
     * @param poll the pause between two looks at the status file and the service
     * @param settle how long the same main process must run on after it reported success
     */
    public record HealthRule(Duration window, Duration poll, Duration settle) {}

    /**
     * The limits of what is kept of files that a rollback replaced or removed.
     *
     * @param keptBytes bytes on disk, in whole blocks, of what is kept in the state directory
     * @param keptFiles files, links and directories kept there
     */
    public record Retention(long keptBytes, long keptFiles) {
        /** How many files, links and directories are kept where a product does not say. */
        public static final long KEPT_FILES = 10_000;

        public Retention(long keptBytes) {
            this(keptBytes, KEPT_FILES);
        }
    }

    /**
     * The rule by which a release is believed.
     *
     * @param required whether an update without a signed statement is refused
     * @param roots the public keys that sign the list of signing keys, as signify writes them; none, and no statement is
     *     looked at
     * @param threshold how many of the roots must have signed
     * @param freshDays days after which it is worth a warning that nothing newer was offered; 0 for never
     */
    public record Trust(boolean required, List<String> roots, int threshold, int freshDays) {
        /** Nothing is required, and nothing believed. */
        public static final Trust NONE = new Trust(false, List.of(), 2, 0);

        public Trust {
            roots = List.copyOf(roots);
        }
    }
}
