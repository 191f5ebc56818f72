package updater.state.journal;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.Product;
import updater.api.Step;
import updater.api.service.ServiceFacts;

/** A record of the journal of an update. */
public sealed interface JournalRecord {
    /** The {@link Begin#format} written by this version; records of an older one are understood, of a newer one not. */
    int FORMAT = 1;

    /**
     * The first record: what was found on the host before anything was touched.
     *
     * @param format version of the records that follow; see {@link #FORMAT}
     * @param updaterVersion the version of the updater that writes it, for people
     * @param id names this update in logs and reports
     * @param at when the update began
     * @param product what is being updated
     * @param home the agent's installation directory, absolute and real
     * @param state the state directory, absolute
     * @param serviceManager the name of the provider in charge
     * @param before the service as it was
     * @param statusBefore the status file's content before the stop; empty when there was none
     * @param fromVersion the version installed, for people; empty when it is not known
     * @param toVersion the version being installed, for people; empty when it is not known
     * @param bootId changes with every boot of the host; empty where that cannot be told
     */
    record Begin(
            int format,
            String updaterVersion,
            String id,
            Instant at,
            Product product,
            Path home,
            Path state,
            String serviceManager,
            ServiceFacts before,
            Optional<Bytes> statusBefore,
            String fromVersion,
            String toVersion,
            String bootId)
            implements JournalRecord {
        /** Returns the name of an update that began then. */
        public static String id(Instant at) {
            return at.toString().replace(":", "").replace(".", "-");
        }
    }

    /** A step of the plan; steps are applied in the order of their records. */
    record Planned(Step step) implements JournalRecord {}

    /**
     * The end of the plan.
     *
     * @param steps how many {@link Planned} records precede it
     */
    record PlanComplete(long steps) implements JournalRecord {}

    /**
     * Padding up to the beginning of a block, so that the phase records to come lie in one that the disk has already given.
     *
     * @param length how many characters of nothing the record holds
     */
    record Padding(int length) implements JournalRecord {}

    /**
     * A phase record.
     *
     * @param detail for people; may be empty
     */
    record Reached(Phase phase, Instant at, String detail) implements JournalRecord {}
}
