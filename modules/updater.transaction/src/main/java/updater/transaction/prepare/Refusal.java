package updater.transaction.prepare;

import java.io.IOException;
import updater.api.UpdateFailure;

/** A refusal on its way out of a walk, whose callbacks know only I/O failures. */
final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient UpdateFailure.Refused failure;

    Refusal(String message, String advice) {
        super(message);
        this.failure = new UpdateFailure.Refused(message, advice);
    }

    UpdateFailure.Refused failure() {
        return failure;
    }
}
