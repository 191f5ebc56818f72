package updater.transaction.context;

import java.util.Optional;
import updater.api.RefusalCode;
import updater.release.ReleaseRefused;

/** The refusal codes of releases that are not believed, and what helps where the clock may be wrong. */
public final class ReleaseRefusals {
    private static final String CLOCK =
            "Look at this host's clock ('date -u'), and set it where it is wrong; where it is right, ";

    private ReleaseRefusals() {}

    /** Returns the code for the check that a release did not pass. */
    public static RefusalCode code(ReleaseRefused.Check check) {
        return switch (check) {
            case REQUIRED -> RefusalCode.RELEASE_UNSIGNED;
            case EXPIRES, CREATED, KEY_TIME -> RefusalCode.RELEASE_OUT_OF_DATE;
            case PRODUCT, PLATFORM -> RefusalCode.RELEASE_OF_OTHER_PRODUCT;
            case COUNTER, FLOOR -> RefusalCode.RELEASE_TOO_OLD;
            case FORMAT, SIGNATURE, KEY_LIST, KEY -> RefusalCode.RELEASE_NOT_BELIEVED;
            case SIZE, SHA256, FILES -> RefusalCode.RELEASE_INCOMPLETE;
        };
    }

    /**
     * Returns what helps where a clock decides, this host's or the vendor's; empty for every other check. Nothing is wrong
     * with such a bundle where the clock of the host is.
     */
    public static Optional<String> clockAdvice(ReleaseRefused.Check check) {
        return switch (check) {
            case EXPIRES ->
                Optional.of(CLOCK + "get the newest statement about it from its vendor, or a newer release");
            case CREATED -> Optional.of(CLOCK + "get a new statement from its vendor, whose clock was wrong");
            case KEY_TIME -> Optional.of(CLOCK + "get the release from its vendor, signed with a key of today");
            case REQUIRED, PRODUCT, PLATFORM, COUNTER, FLOOR, FORMAT, SIGNATURE, KEY_LIST, KEY, SIZE, SHA256, FILES ->
                Optional.empty();
        };
    }
}
