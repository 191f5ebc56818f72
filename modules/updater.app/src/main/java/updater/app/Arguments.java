package updater.app;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import updater.app.host.Target;
import updater.transaction.context.Offer;

/**
 * What the command line says, as the {@link ArgumentParser} has found it.
 *
 * @param command what to do
 * @param about with {@code --help}: the command that is asked about
 * @param target the installation to work on
 * @param given the options that were given
 * @param subject the release that {@code allow-downgrade} is about, or the shell of {@code completion}
 * @param source what to update from, where that is not the staged tree
 * @param hold with {@code hold}: why updates are held back, and for how long
 */
record Arguments(
        Command command,
        Optional<Command> about,
        Target target,
        Set<Option> given,
        Optional<String> subject,
        Source source,
        Optional<Holding> hold) {

    Arguments {
        given = Set.copyOf(given);
    }

    /**
     * What to update from, where that is not the staged tree.
     *
     * @param applied with {@code apply} and {@code plan}: the bundle
     * @param offer where this process goes on with what an older updater unpacked: that tree
     */
    record Source(Optional<Applied> applied, Optional<Offer> offer) {}

    /**
     * A bundle to update from.
     *
     * @param bundle a tarball or an unpacked one, as given
     * @param statement the file with the signed statement about it, where it is not beside it
     * @param version what the new agent is told that was offered, where no statement says it
     */
    record Applied(Path bundle, Optional<Path> statement, Optional<String> version) {}

    /**
     * How updates are to be held back.
     *
     * @param reason why, for people; may be empty
     * @param until when it ends by itself; empty when it does not
     */
    record Holding(String reason, Optional<Instant> until) {}

    /** Returns whether the report is printed as it is stored. */
    boolean json() {
        return given.contains(Option.JSON);
    }

    /** Returns whether lists are printed whole, and phases with exact times. */
    boolean verbose() {
        return given.contains(Option.VERBOSE);
    }

    /** Returns whether a rollback that cannot be finished is to be ended all the same. */
    boolean giveUp() {
        return given.contains(Option.GIVE_UP);
    }

    /** Returns whether the host's boot waits for this recovery. */
    boolean atBoot() {
        return given.contains(Option.AT_BOOT);
    }

    /** Returns whether the agent's user asked for it, by a request in home. */
    boolean requested() {
        return given.contains(Option.REQUEST) || given.contains(Option.REQUESTED);
    }
}
