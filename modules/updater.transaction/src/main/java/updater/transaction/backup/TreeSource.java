package updater.transaction.backup;

import updater.state.document.PreviousVersion;
import updater.transaction.context.Offer;

/** Where the tree comes from that an update installs. */
public sealed interface TreeSource {
    /** The agent, or an operator, has unpacked it into {@code home/tmp}. */
    record Staged() implements TreeSource {}

    /** The updater has unpacked it into its own directory. */
    record Unpacked(Offer offer) implements TreeSource {}

    /**
     * The updater has kept it when it was replaced.
     *
     * @param failed whether what took its place has failed its probation: then the agent is to run again, whether it does now or
     *     not
     */
    record Previous(PreviousVersion version, boolean failed) implements TreeSource {}
}
