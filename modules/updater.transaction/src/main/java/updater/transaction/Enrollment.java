package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.ProductFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.RecoveryCommand;
import updater.transaction.prepare.RuntimeCopy;

/** The enrolling of what is installed: an updater stands ready for it from then on. */
record Enrollment(UpdateContext context, Invocation invocation, RuntimeCopy runtime, EventLog log) {
    /** As {@link Engine#enroll}. */
    void run() throws UpdateFailure {
        requireOwnRuntime();
        runtime.adopt();
        RecoveryCommand.write(context, invocation);
        noteProduct();
        endProbation();
        endDamage();
        log.info("enrolled");
    }

    /** As {@link Engine#requireOwnRuntime}. */
    void requireOwnRuntime() throws UpdateFailure.Refused {
        if (!runtime.own()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RUNTIME_UNUSABLE,
                    "this updater runs from " + invocation.runtime().javaHome() + ", not from a copy in "
                            + context.layout().state(),
                    "As root, run the launcher of the bundle. Another user does not enroll: unpack the bundle into "
                            + context.layout().home() + "/tmp/latest, copy its launcher into "
                            + context.layout().home() + " and run it there");
        }
    }

    private void noteProduct() throws UpdateFailure {
        try {
            new ProductFile(context.disk(), context.layout()).installed(context.product());
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write", context.layout().state(), e);
        }
    }

    /** A package has installed what is there now. */
    private void endProbation() throws UpdateFailure {
        try {
            ProbationFile probation = new ProbationFile(context.disk(), context.layout());
            if (probation.read().isPresent()) {
                probation.end();
                if (Files.notExists(context.layout().journal(), LinkOption.NOFOLLOW_LINKS)) {
                    context.service().guard().disarm();
                }
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write", context.layout().state(), e);
        }
    }

    private void endDamage() throws UpdateFailure {
        try {
            new DamagedJournal(context.disk(), context.layout()).discard();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write", context.layout().state(), e);
        }
    }
}
