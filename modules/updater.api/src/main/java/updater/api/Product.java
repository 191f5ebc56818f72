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
 * @param preservedNames which files are never overwritten nor removed, as {@link PathPatterns}: a plain name at any depth
 * @param outsideFiles files that live outside home but are updated with it
 * @param mutablePaths paths relative to home that are never rolled back; a directory ends in {@code /}
 * @param statusFile the status file's path relative to home; of no use where the agent does not report
 * @param health how the new agent's health is judged
 * @param prepareBudget the longest time spent on preparation while the agent still runs
 * @param retention how much of what an undo removed is kept
 * @param trust whose releases are believed
 * @param configuration which files the operator edits, as {@link PathPatterns}: one that both he and the vendor changed
 *     stays, and the vendor's is placed beside it
 * @param commands what the vendor has run before, during and after an update
 * @param policy what an update does where more than one thing is right
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
        Trust trust,
        List<String> configuration,
        VendorCommands commands,
        Policy policy) {

    public Product {
        home = Map.copyOf(home);
        stateDirectory = Map.copyOf(stateDirectory);
        services = Map.copyOf(services);
        preservedNames = Set.copyOf(preservedNames);
        outsideFiles = List.copyOf(outsideFiles);
        mutablePaths = List.copyOf(mutablePaths);
        configuration = List.copyOf(configuration);
    }

    /** Makes a product that names no configuration, without commands of its vendor, and with the usual policy. */
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
            Retention retention,
            Trust trust) {
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
                trust,
                List.of(),
                VendorCommands.NONE,
                Policy.USUAL);
    }

    /** Makes such a product whose releases are not signed. */
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
     * @param companions other services that run from the same home and are one agent with this one: stopped, started, watched
     *     and rolled back together with it. A {@code *} stands for any text, as in {@code agent@*.service}
     * @param leavesProcesses whether what a stop leaves of the service stays, although it runs a program of home
     * @param elsewhere whether the service may have nothing to do with home, as far as its definition and processes show
     */
    public record ServiceSpec(
            String name,
            String stagedDefinition,
            Optional<String> installedDefinition,
            List<String> companions,
            boolean leavesProcesses,
            boolean elsewhere) {
        public ServiceSpec {
            companions = List.copyOf(companions);
        }

        /** Makes a service that has to do with home. */
        public ServiceSpec(
                String name,
                String stagedDefinition,
                Optional<String> installedDefinition,
                List<String> companions,
                boolean leavesProcesses) {
            this(name, stagedDefinition, installedDefinition, companions, leavesProcesses, false);
        }

        /** Makes a service that is all of its agent, and of which nothing stays when it is stopped. */
        public ServiceSpec(String name, String stagedDefinition, Optional<String> installedDefinition) {
            this(name, stagedDefinition, installedDefinition, List.of(), false);
        }
    }

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
     * @param afterSuccess what becomes of the status file once the update is committed
     * @param probes what must hold, all of it at once, and for {@code settle} on end; without {@link Probe.Report} there is
     *     no status file
     * @param probation how long a new version that is committed must go on to run, or is taken back; zero for not at all
     */
    public record HealthRule(
            Duration window,
            Duration poll,
            Duration settle,
            AfterSuccess afterSuccess,
            List<Probe> probes,
            Duration probation) {
        /** The probes of an agent that reports, and of which nothing else is asked. */
        public static final List<Probe> REPORT = List.of(new Probe.Report());

        public HealthRule {
            probes = List.copyOf(probes);
        }

        /** What becomes of the status file once the update is committed. */
        public enum AfterSuccess {
            /** It stays; the agent's next update is announced in it. */
            KEEP,
            /** It is removed: the agent takes its being there for an update under way. Where none is, there is none. */
            REMOVE
        }

        /** Makes the rule of a product whose agent reports, and whose status file stays. */
        public HealthRule(Duration window, Duration poll, Duration settle) {
            this(window, poll, settle, AfterSuccess.KEEP, REPORT, Duration.ZERO);
        }

        /** Returns the same with other probes. */
        public HealthRule asking(List<Probe> others) {
            return new HealthRule(window, poll, settle, afterSuccess, others, probation);
        }

        /** Returns the same with another probation. */
        public HealthRule onProbation(Duration time) {
            return new HealthRule(window, poll, settle, afterSuccess, probes, time);
        }

        /** Returns whether the agent reports in a status file; there is none of a product whose agent does not. */
        public boolean reports() {
            return probes.contains(new Probe.Report());
        }
    }

    /**
     * The limits of what is kept: of files that a rollback replaced or removed, and of the version that an update replaced.
     *
     * @param keptBytes bytes on disk, in whole blocks, of what is kept in the state directory
     * @param keptFiles files, links and directories kept there
     * @param days how long the previous version is kept, to be gone back to; 0 for not at all
     * @param bytes of the largest previous version that is kept; of one, only what the update replaced or removed counts
     */
    public record Retention(long keptBytes, long keptFiles, int days, long bytes) {
        /** How many files, links and directories are kept where a product does not say. */
        public static final long KEPT_FILES = 10_000;

        /** How long a previous version is kept where a product does not say. */
        public static final int DAYS = 7;

        /** How large a previous version may be where a product does not say. */
        public static final long BYTES = 1L << 30;

        /** Makes limits of a product whose previous version is not kept. */
        public Retention(long keptBytes, long keptFiles) {
            this(keptBytes, keptFiles, 0, BYTES);
        }

        /** As {@link #Retention(long, long)}. */
        public Retention(long keptBytes) {
            this(keptBytes, KEPT_FILES);
        }
    }

    /**
     * What an update does where more than one thing is right.
     *
     * @param attempts how often one bundle may fail on a host before it is refused; 0 for as often as it is offered
     * @param startWhenStopped whether an agent is started that did not run when its update began
     * @param restartWhenUnchanged whether the agent is restarted although the bundle changes nothing
     */
    public record Policy(int attempts, boolean startWhenStopped, boolean restartWhenUnchanged) {
        /** A bundle that failed three times is refused, a stopped agent stays so, and nobody is restarted for nothing. */
        public static final Policy USUAL = new Policy(3, false, false);
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
