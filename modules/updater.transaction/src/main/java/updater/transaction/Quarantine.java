package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.state.document.UpdateReport;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.EventLog;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.ShippedFile;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.context.UpdateResult.RollbackFindings;
import updater.transaction.rollback.BestEffort;

/**
 * The end of an update whose journal is damaged in its middle. It tells nothing that could be relied upon: nothing is brought
 * back, the agent is started, and everybody is told. Idempotent; the journal goes aside when all else is done.
 */
record Quarantine(UpdateContext context, ReportWriter reporting, EventLog log) {
    UpdateResult run(DamagedLogException damage) throws IOException, InterruptedException {
        log.error("the journal is damaged", damage);
        Instant failed = Files.getLastModifiedTime(context.layout().journal()).toInstant();
        DamagedJournal damaged = new DamagedJournal(context.disk(), context.layout());
        Path aside = damaged.at(context.clock().now().getEpochSecond());
        BestEffort problems = new BestEffort(log);
        problems.tryTo("end the probation", () -> new ProbationFile(context.disk(), context.layout()).end());
        problems.tryTo("remove the previous version", () -> new PreviousTree(context).discard());
        believeNewRecord();
        problems.tryTo("start the agent", () -> {
            if (!context.service().state().running()) {
                context.service().start();
            }
        });
        UpdateResult outcome = outcome(damage, aside);
        reporting.writeUnknown(outcome, failed);
        Files.move(context.layout().journal(), aside, StandardCopyOption.ATOMIC_MOVE);
        try (Directory state = context.disk().open(context.layout().state())) {
            state.force();
        }
        log.error("the journal was put aside", damage, "path", aside);
        problems.tryTo("disarm the guard", () -> context.service().guard().disarm());
        return outcome;
    }

    /**
     * What differs from the old version's record would count as the operator's edits, and stay under every later version. So what the
     * failed version ships is what home is compared with: what it has placed is replaced, or removed, and what an operator changed
     * is still told from that. It was forced before the stop; without it nothing was placed, or the update was committed.
     */
    private void believeNewRecord() throws IOException {
        Path pending = context.layout().state().resolve(StateFiles.SHIPPED_PENDING);
        if (Files.notExists(pending)) {
            return;
        }
        if (isWhole(pending)) {
            new ShippedFile(context.disk(), context.layout()).settle(false);
        } else {
            Files.deleteIfExists(context.layout().state().resolve(StateFiles.SHIPPED));
        }
    }

    private boolean isWhole(Path record) throws IOException {
        try (ManifestReader reader = ManifestReader.open(record, context.logs())) {
            while (reader.next().isPresent()) {
                // Reading compares checksums and count.
            }
            return true;
        } catch (DamagedLogException | FutureFormatException e) {
            log.warning("what the failed version ships cannot be told", e);
            return false;
        }
    }

    private UpdateResult outcome(DamagedLogException damage, Path aside) {
        return new UpdateResult(
                UpdateReport.Outcome.ROLLBACK_INCOMPLETE,
                "the journal of an unfinished update is damaged, and nothing could be brought back: "
                        + damage.getMessage(),
                "Install a version that worked: '" + context.layout().stateLauncher()
                        + " apply BUNDLE'. The journal was put aside as " + aside + ", and the backup in "
                        + context.layout().rollback() + " is kept until then",
                UpdateReport.StepCounts.NONE,
                isRunning(),
                RollbackFindings.NONE);
    }

    private boolean isRunning() {
        try {
            return context.service().state().running();
        } catch (UpdateFailure.Service e) {
            return false;
        }
    }
}
