package updater.transaction.prepare;

import java.util.Optional;
import updater.api.RefusalCode;
import updater.transaction.context.Doubt;

/**
 * The rule for a staged file that must become an installed one: what another user made, or could have changed, never becomes
 * root's, privileged, or a third user's.
 */
final class Untrusted {
    static final String ADVICE =
            "Let root own home and all that is unpacked in home/tmp, with nobody else allowed to write"
                    + " there; or run the updater that is in the state directory, with a bundle that is signed";

    private static final int OTHERS_READ = 0004;

    private Untrusted() {}

    /** What becomes of the staged inode. */
    enum Verdict {
        /** It is renamed into place. */
        PLACE,
        /** A copy that the updater makes is, so that whoever made the staged one has no part in it. */
        COPY,
        /** The update cannot be. */
        REFUSE
    }

    /**
     * What a staged file is and what it is going to be.
     *
     * @param maker whose inode it is
     * @param mode its permission bits as it was staged
     * @param doubt who but root and the updater's user could have changed it
     * @param unsure whether that is not known for processes that opened it earlier
     * @param owner who is going to own it
     * @param privileged whether it is going to have set-ID bits or capabilities
     * @param outside whether its place is outside home
     */
    record Question(
            long maker,
            int mode,
            Optional<Doubt> doubt,
            boolean unsure,
            long owner,
            boolean privileged,
            boolean outside) {}

    /**
     * Decides.
     *
     * @param user the updater's user
     * @param agent the owner of home: files of his are the agent's
     */
    static Verdict judge(Question file, long user, long agent) {
        if (file.doubt().isEmpty()) {
            return file.unsure() ? Verdict.COPY : Verdict.PLACE;
        }
        if (file.outside() || file.privileged()) {
            return Verdict.REFUSE;
        }
        if (file.maker() == user) {
            // Root gives away what it made itself, but not what its new owner may have moved here to be able to read
            // it.
            boolean given = file.owner() != 0 && (file.owner() == user || (file.mode() & OTHERS_READ) != 0);
            return given ? Verdict.PLACE : Verdict.REFUSE;
        }
        if (file.owner() == file.maker() && file.owner() != 0) {
            return Verdict.PLACE;
        }
        return file.owner() == agent && agent != 0 && agent != user ? Verdict.COPY : Verdict.REFUSE;
    }

    /** Returns the refusal. */
    static Refusal refusal(Question file, String path) {
        String what = file.privileged()
                ? "have set-ID bits or capabilities"
                : file.outside()
                        ? "be installed outside home"
                        : file.owner() == 0 ? "belong to root" : "belong to user id " + file.owner();
        return new Refusal(
                RefusalCode.STAGED_TREE_UNTRUSTED,
                "the staged file " + path + " would " + what + ", but "
                        + file.doubt().map(Doubt::toString).orElse(""),
                ADVICE);
    }
}
