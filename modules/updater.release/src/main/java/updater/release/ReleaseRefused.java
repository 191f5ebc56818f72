package updater.release;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The reason why a release is not believed: the check that failed, and in its message the values that it compared. */
public final class ReleaseRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final Check check;
    private final transient @Nullable TrustState seen;

    ReleaseRefused(Check check, String message) {
        this(check, message, null);
    }

    private ReleaseRefused(Check check, String message, @Nullable TrustState seen) {
        super(message);
        this.check = check;
        this.seen = seen;
    }

    /** What was checked. */
    public enum Check {
        /** Whether there is a statement where one is required. */
        REQUIRED,
        /** The form of statement, key list, key or file list. */
        FORMAT,
        /** A signature, or the number of them. */
        SIGNATURE,
        /** Whether the key list is the newest one that was seen. */
        KEY_LIST,
        /** Whether the signing key may sign: it may have been revoked. */
        KEY,
        /** Whether it is the time at which the signing key may sign. */
        KEY_TIME,
        PRODUCT,
        PLATFORM,
        /** The size of the bundle. */
        SIZE,
        /** The checksum of the bundle. */
        SHA256,
        CREATED,
        EXPIRES,
        COUNTER,
        FLOOR,
        /** The list of the tree's files, or a file that is not as it says. */
        FILES
    }

    /** Returns the check that failed. */
    public Check check() {
        return check;
    }

    /**
     * Returns what is to be kept although the release was refused: a newer key list was believed before, and what it
     * revokes stays revoked. Empty when nothing was learned.
     */
    public Optional<TrustState> seen() {
        return Optional.ofNullable(seen);
    }

    ReleaseRefused keeping(TrustState state) {
        ReleaseRefused refused = new ReleaseRefused(check, String.valueOf(getMessage()), state);
        refused.setStackTrace(getStackTrace());
        return refused;
    }
}
