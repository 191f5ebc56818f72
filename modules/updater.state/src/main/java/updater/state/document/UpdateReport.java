package updater.state.document;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.Versions;

/**
 * The report of an update, or of the recovery of one. {@code docs/report.md} describes its JSON form, and so every
 * component.
 *
 * @param outcome how it ended
 * @param explanation why it ended so, and what the operator should know
 * @param versions the version before, and that of the bundle
 * @param release the signed release that was believed; empty when nobody vouched for what was in the bundle
 * @param run which update it was, and who brought it to its end
 * @param times when it was, and what took how long
 * @param changes what was done to files and service, and undone
 */
public record UpdateReport(
        Outcome outcome,
        Explanation explanation,
        Versions versions,
        Optional<Release> release,
        Run run,
        Times times,
        Changes changes) {

    /** Returns why it ended so, as a sentence; empty after a plain success. */
    public String reason() {
        return explanation.reason();
    }

    /** Returns what the operator should know but nothing failed for. */
    public List<String> warnings() {
        return explanation.warnings();
    }

    /** Returns the report without what agents wrote, for those who may not read that. */
    public UpdateReport withoutOutput() {
        return new UpdateReport(outcome, explanation, versions, release, run, times, changes.withoutOutput());
    }

    /** Returns the same with another reason. */
    public UpdateReport withReason(String other) {
        return new UpdateReport(outcome, explanation.withReason(other), versions, release, run, times, changes);
    }

    /**
     * What people are told of the end of an update.
     *
     * @param reason why it ended so, as a sentence; empty after a plain success
     * @param advice what the operator can do; empty when there is nothing to do
     * @param refusalCode the code of a refusal, as {@code docs/runbook.md} names it; empty for all that was not refused
     * @param warnings what the operator should know but nothing failed for
     */
    public record Explanation(String reason, String advice, String refusalCode, List<String> warnings) {
        public Explanation {
            warnings = List.copyOf(warnings);
        }

        Explanation withReason(String other) {
            return new Explanation(other, advice, refusalCode, warnings);
        }
    }

    /**
     * The run that wrote the report.
     *
     * @param id names the update, as in journal and log
     * @param product the product's name
     * @param updaterVersion the version of the updater that writes the report
     * @param recovered whether another run than the one that began the update brought it to its end
     * @param logPath where the log is
     */
    public record Run(String id, String product, String updaterVersion, boolean recovered, String logPath) {}

    /**
     * The times of an update.
     *
     * @param startedAt when it began
     * @param finishedAt when it ended
     * @param downtime how long there was no agent
     * @param phases what took how long, in order
     */
    public record Times(Instant startedAt, Instant finishedAt, Downtime downtime, List<PhaseTime> phases) {
        public Times {
            phases = List.copyOf(phases);
        }

        /** Returns how long the update took, by the clock of the host. */
        public Duration took() {
            return Duration.between(startedAt, finishedAt);
        }
    }

    /**
     * What an update changed on the host.
     *
     * @param files what was done to files
     * @param steps what was done of the plan
     * @param service the service before and after
     * @param verification how a rollback was verified; nothing compared when there was none
     * @param kept what a rollback removed or replaced, and where it is now
     */
    public record Changes(
            FileCounts files, StepCounts steps, ServiceChange service, Verification verification, List<KeptFile> kept) {
        public Changes {
            kept = List.copyOf(kept);
        }

        Changes withoutOutput() {
            return new Changes(files, steps, service.withoutOutput(), verification, kept);
        }
    }

    /**
     * A signed release that was believed.
     *
     * @param version what its vendor calls it
     * @param counter its place in the order of releases
     * @param key the name of the signing key
     */
    public record Release(String version, long counter, String key) {}

    /**
     * How long there was no agent, in milliseconds. What is empty was not measured by the run that wrote the report.
     *
     * @param untilProcess from the request to stop until there was a process of an agent again
     * @param untilHealthy from the request to stop until the new agent was found healthy
     * @param startUp from the start until the service manager said that the service runs
     */
    public record Downtime(OptionalLong untilProcess, OptionalLong untilHealthy, OptionalLong startUp) {
        /** Nothing was measured. */
        public static final Downtime UNKNOWN =
                new Downtime(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    /** The end of an update. */
    public enum Outcome {
        /** The new version runs and stays. */
        UPDATED,
        /** What the bundle holds is in place already; the agent was not stopped. */
        UNCHANGED,
        /** Everything was restored and verified, and the old version runs. */
        ROLLED_BACK,
        /** Something could not be restored; backup and journal are kept. */
        ROLLBACK_INCOMPLETE,
        /** Nothing was changed, and the agent was never stopped. */
        REFUSED,
        /** The updater died before it stopped the agent; what it had prepared was removed. */
        ABORTED,
        /** The agent was installed anew, or removed, while the update was unfinished; it was left as it was found. */
        SUPERSEDED
    }

    /** The time one phase took; measured with a clock that never jumps, to the nanosecond. */
    public record PhaseTime(String name, Instant startedAt, Duration took) {}

    /**
     * Numbers of files of the bundle.
     *
     * @param replaced were there before, with other content
     * @param added were not there before
     * @param unchanged were there with the same content
     * @param preserved were left alone by their name
     * @param bytes sum of the sizes of replaced and added ones
     * @param removed are not in it, but were shipped by the last version and unchanged since: they went
     * @param stayed were changed by the operator, and stayed as they were
     */
    public record FileCounts(
            long replaced, long added, long unchanged, long preserved, long bytes, long removed, long stayed) {
        /** No files. */
        public static final FileCounts NONE = new FileCounts(0, 0, 0, 0, 0);

        /** Makes the numbers of an update that met no file of an operator. */
        public FileCounts(long replaced, long added, long unchanged, long preserved, long bytes) {
            this(replaced, added, unchanged, preserved, bytes, 0, 0);
        }
    }

    /**
     * Numbers of steps.
     *
     * @param planned in the plan
     * @param done applied
     * @param undone undone, counting those that turned out not to have been applied
     * @param failedToUndo could not be undone
     */
    public record StepCounts(long planned, long done, long undone, long failedToUndo) {
        /** No steps. */
        public static final StepCounts NONE = new StepCounts(0, 0, 0, 0);
    }

    /**
     * The service before and after.
     *
     * @param manager the service manager's name
     * @param name the service as that manager knows it
     * @param output the last lines that a new agent wrote which was rolled back
     */
    public record ServiceChange(
            String manager,
            String name,
            boolean activeBefore,
            String enablementBefore,
            boolean activeAfter,
            String enablementAfter,
            List<String> output) {
        public ServiceChange {
            output = List.copyOf(output);
        }

        /** Makes the change of a service whose output is not known. */
        public ServiceChange(
                String manager,
                String name,
                boolean activeBefore,
                String enablementBefore,
                boolean activeAfter,
                String enablementAfter) {
            this(manager, name, activeBefore, enablementBefore, activeAfter, enablementAfter, List.of());
        }

        ServiceChange withoutOutput() {
            return new ServiceChange(
                    manager, name, activeBefore, enablementBefore, activeAfter, enablementAfter, List.of());
        }
    }

    /**
     * The verification that a rollback restored what was there before.
     *
     * @param compared paths compared with the manifest
     * @param byContent of these, files whose bytes were read
     * @param byIdentity of these, files that are still the same untouched inode
     * @param differences paths that are not what they were, and in what: empty when all is as before
     * @param changedSince paths that the old agent has changed since it was started again, which is its right
     */
    public record Verification(
            long compared, long byContent, long byIdentity, List<String> differences, List<String> changedSince) {
        /** Nothing was verified. */
        public static final Verification NONE = new Verification(0, 0, 0, List.of(), List.of());

        public Verification {
            differences = List.copyOf(differences);
            changedSince = List.copyOf(changedSince);
        }
    }

    /**
     * A file that a rollback removed or replaced.
     *
     * @param path where it was
     * @param why why it was taken away
     * @param where where its content is now; empty when it was not kept
     */
    public record KeptFile(String path, String why, String where) {}
}
