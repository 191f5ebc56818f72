package updater.state.journal;

import java.time.Instant;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.Step;
import updater.api.Versions;
import updater.api.service.ServiceFacts;

/** A record of the journal of an update. */
public sealed interface JournalRecord {
    /** The {@link Begin.Writer#format} of this version; records of an older one are understood, of a newer one not. */
    int FORMAT = 1;

    /**
     * The first record: what was found on the host before anything was touched.
     *
     * @param writer the updater that writes it
     * @param id names this update in logs and reports
     * @param at when the update began
     * @param product what is being updated
     * @param layout the agent's installation directory and the state directory
     * @param before the host as it was
     * @param versions the version installed, and that of the bundle
     */
    record Begin(
            Writer writer, String id, Instant at, Product product, HomeLayout layout, Before before, Versions versions)
            implements JournalRecord {
        /**
         * The updater that writes a journal.
         *
         * @param format version of the records that follow; see {@link #FORMAT}
         * @param version the updater's own, for people
         */
        public record Writer(int format, String version) {}

        /**
         * The host before the update.
         *
         * @param serviceManager the name of the provider in charge
         * @param service the service as it was
         * @param status the status file's content before the stop; empty when there was none
         * @param bootId changes with every boot of the host; empty where that cannot be told
         */
        public record Before(String serviceManager, ServiceFacts service, Optional<Bytes> status, String bootId) {}

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
