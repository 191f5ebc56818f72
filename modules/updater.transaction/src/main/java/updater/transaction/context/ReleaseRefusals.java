package updater.transaction.context;

import updater.api.RefusalCode;
import updater.release.ReleaseRefused;

/** The refusal codes of releases that are not believed. */
public final class ReleaseRefusals {
    private ReleaseRefusals() {}

    /** Returns the code for the check that a release did not pass. */
    public static RefusalCode code(ReleaseRefused.Check check) {
        return switch (check) {
            case REQUIRED -> RefusalCode.RELEASE_UNSIGNED;
            case EXPIRES, CREATED -> RefusalCode.RELEASE_OUT_OF_DATE;
            case PRODUCT, PLATFORM -> RefusalCode.RELEASE_OF_OTHER_PRODUCT;
            case COUNTER, FLOOR -> RefusalCode.RELEASE_TOO_OLD;
            case FORMAT, SIGNATURE, KEY_LIST, KEY -> RefusalCode.RELEASE_NOT_BELIEVED;
            case SIZE, SHA256, FILES -> RefusalCode.RELEASE_INCOMPLETE;
        };
    }
}
