package updater.service.macos.fake;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The ways in which a {@link FakeLaunchd} is to behave other than well. Each is one that launchd has been seen to have.
 */
public final class Quirks {
    /** How launchctl speaks. */
    public enum Era {
        /** OS X 10.9: load, unload, start, list; nothing else. */
        LEGACY,
        /** OS X 10.10: all but bootout. */
        NO_BOOTOUT,
        /** Up to macOS 12: the disabled are told by true and false, and loading one of them fails with 119. */
        CATALINA,
        /** From macOS 13. */
        MODERN
    }

    public volatile Era era = Era.MODERN;

    /** How long a label stays taken after its process has ended. */
    public volatile Duration lingering = Duration.ZERO;

    /** So many bootstraps fail with 5 for no reason. */
    public volatile int bootstrapErrors;

    /** What bootout says of a job whose process is still there: 0, or 36. */
    public volatile int bootoutAnswer;

    /** So many kickstarts say 37 and do what they should. */
    public volatile int kickstartsInProgress;

    /** So many requests to end a job are accepted and forgotten. */
    public volatile int forgottenBootouts;

    /** Whether a job whose program may not be executed is removed after the first try. */
    public volatile boolean removesRefused;

    /** Subcommands, or whole requests, that are never answered. */
    public final Set<String> hanging = java.util.Collections.synchronizedSet(new HashSet<>());
}
