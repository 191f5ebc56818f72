package updater.api;

import java.time.Duration;
import java.util.List;

/**
 * The rule by which the new agent's health is judged.
 *
 * @param status how the agent reports; of no use where it does not
 * @param window how long the new agent has to report, from the moment its start was dispatched
 * @param poll the pause between two lookups of the status file and the service
 * @param stabilisation how long the same main process must run on after it reported success
 * @param probes what must hold, all of it at once, and for the stabilisation period on end; without {@link Probe.Report}
 *     there is no status file
 * @param probation how long a new version that is committed must go on to run, or is taken back; zero for not at all
 */
public record HealthRule(
        StatusRule status,
        Duration window,
        Duration poll,
        Duration stabilisation,
        List<Probe> probes,
        Duration probation) {
    /** The probes of an agent that reports, and of which nothing else is asked. */
    public static final List<Probe> REPORT = List.of(new Probe.Report());

    public HealthRule {
        probes = List.copyOf(probes);
    }

    /** Returns whether the agent reports in a status file; there is none of a product whose agent does not. */
    public boolean reports() {
        return probes.contains(new Probe.Report());
    }

    /**
     * The rule for the status file.
     *
     * @param packageName the key of the agent in its {@code package_states}
     * @param file its path relative to home
     * @param afterSuccess what becomes of it once the update is committed
     */
    public record StatusRule(String packageName, String file, AfterSuccess afterSuccess) {}

    /** What becomes of the status file once the update is committed. */
    public enum AfterSuccess {
        /** It stays; the agent's next update is announced in it. */
        KEEP,
        /** It is removed: the agent takes its being there for an update under way. Where none is, there is none. */
        REMOVE
    }
}
