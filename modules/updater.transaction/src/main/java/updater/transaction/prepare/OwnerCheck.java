package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import updater.api.RefusalCode;

/**
 * The check that an updater without root's rights owns what it replaces: what takes a file's place gets its owner, which only
 * root can give. Changes nothing.
 */
final class OwnerCheck {
    private OwnerCheck() {}

    /**
     * Checks a file that is going to be replaced.
     *
     * @param user the updater's user
     * @param owner the file's
     * @param shown its path, for people
     * @throws Refusal when it is another user's, and the updater not root's
     */
    static void requireOwned(long user, long owner, Path shown) throws Refusal {
        if (user > 0 && owner != user) {
            throw refusal(user, owner, shown, "be replaced");
        }
    }

    /** Runs a look at a file's content; where it may not be read, that is the refusal. */
    static <T> T readable(long user, long owner, Path shown, Look<T> look) throws IOException {
        try {
            return look.run();
        } catch (AccessDeniedException e) {
            if (user <= 0 || owner == user) {
                throw e;
            }
            throw refusal(user, owner, shown, "be read");
        }
    }

    /** A look at a file. */
    @FunctionalInterface
    interface Look<T> {
        T run() throws IOException;
    }

    private static Refusal refusal(long user, long owner, Path shown, String what) {
        return new Refusal(
                RefusalCode.NOT_WRITABLE,
                shown + " cannot " + what + " by user id " + user + ": it belongs to "
                        + (owner == 0 ? "root" : "user id " + owner),
                "Let root run 'chown " + user + " " + shown + "'");
    }
}
