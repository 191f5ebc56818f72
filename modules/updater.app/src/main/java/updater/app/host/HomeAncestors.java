package updater.app.host;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.StateDirectory.PathAccess;
import updater.app.host.StateDirectory.PathOwner;

/**
 * The directories above home. Whoever can rename in one of them could put another tree in home's place while an update
 * works in it, so only root and the updater's user may.
 */
final class HomeAncestors {
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;

    private HomeAncestors() {}

    /**
     * Checks them, and changes nothing. Home itself may be anybody's.
     *
     * @param home a real path
     * @param user the updater's user
     * @throws UpdateFailure.Refused naming the directory and who can rename in it
     */
    static void check(Path home, PathAccess access, long user) throws UpdateFailure.Refused {
        Path below = home;
        try {
            PathOwner named = require(access, home);
            for (Path above = home.getParent(); above != null; above = above.getParent()) {
                PathOwner owner = require(access, above);
                if (!trusted(owner.uid(), user)) {
                    throw refused(home, above, "belongs to user id " + owner.uid());
                }
                // With the sticky bit, only its owner can rename a name in a directory that others may write in.
                boolean protectedName = (owner.mode() & STICKY) != 0 && trusted(named.uid(), user);
                if ((owner.mode() & GROUP_OR_OTHERS_WRITE) != 0 && !protectedName) {
                    throw refused(
                            home,
                            above,
                            String.format(Locale.ROOT, "can be written by others (mode %04o)", owner.mode()));
                }
                below = above;
                named = owner;
            }
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.HOME_UNTRUSTED,
                    "could not read who owns the directories above " + below + ": " + Reason.at(e),
                    "Look at it with 'namei -l " + home + "'",
                    e);
        }
    }

    private static boolean trusted(long owner, long user) {
        return owner == 0 || owner == user;
    }

    private static PathOwner require(PathAccess access, Path path) throws IOException {
        return access.at(path).orElseThrow(() -> new NoSuchFileException(path.toString()));
    }

    private static UpdateFailure.Refused refused(Path home, Path above, String how) {
        return new UpdateFailure.Refused(
                RefusalCode.HOME_UNTRUSTED,
                above + " " + how + ", who could put something else in the place of " + home,
                "Let root own " + above + " and nobody else write in it, or install the agent elsewhere");
    }
}
