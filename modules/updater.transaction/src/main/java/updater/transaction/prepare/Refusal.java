package updater.transaction.prepare;

import java.io.IOException;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Traits;
import updater.transaction.context.Sandboxing;
import updater.transaction.context.UpdateContext;

/** A refusal on its way out of a walk, whose callbacks know only I/O failures. */
final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient UpdateFailure.Refused failure;

    Refusal(RefusalCode code, String message, String advice) {
        super(message);
        this.failure = new UpdateFailure.Refused(code, message, advice);
    }

    /** Returns the refusal to place anything in a directory; the advice names the sandbox's setting, where one shows. */
    static Refusal notWritable(UpdateContext context, Directory directory) throws IOException {
        Traits traits = directory.traits();
        if (traits.fixed()) {
            return FlagCheck.refusal(traits, directory.display());
        }
        Optional<String> setting;
        try {
            setting = context.service().sandboxing();
        } catch (UpdateFailure.Service e) {
            setting = Optional.empty();
        }
        return new Refusal(
                RefusalCode.NOT_WRITABLE,
                "the directory " + directory.display() + " cannot be written",
                setting.map(Sandboxing::advice).orElse("Make it writable for the updater"));
    }

    UpdateFailure.Refused failure() {
        return failure;
    }
}
