package updater.transaction;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.Versions;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.state.document.ReportFormatException;
import updater.state.document.ReportJson;
import updater.state.document.StatusDocument.PackageStatus;
import updater.state.document.UpdateReport;
import updater.state.journal.JournalRecord.Begin;
import updater.transaction.context.EventLog;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.StateFiles;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.TrustFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;

/**
 * The writer of the report: in home's log directory, and once more in the state directory.
 *
 * @param recovered whether this process brings an update to its end that another one began
 */
record ReportWriter(UpdateContext context, Timeline timeline, String updaterVersion, boolean recovered, EventLog log) {
    private static final int MAX_BYTES = 16 << 20;

    /** Writes the report, forced. A report that cannot be written is logged, and changes no outcome. */
    void write(Begin begin, UpdateResult outcome, UpdateReport.FileCounts files, List<String> warnings) {
        UpdateReport report = new UpdateReport(
                outcome.kind(),
                new UpdateReport.Explanation(reason(begin, outcome), outcome.advice(), "", warnings),
                begin.versions(),
                new TrustFile(context.disk(), context.layout()).believed(),
                run(begin.id(), recovered),
                times(begin.at()),
                new UpdateReport.Changes(
                        files,
                        outcome.steps(),
                        service(begin, outcome),
                        outcome.rollback().verification(),
                        outcome.rollback().kept()));
        write(report);
    }

    private String reason(Begin begin, UpdateResult outcome) {
        if (outcome.kind() != UpdateReport.Outcome.UPDATED) {
            return outcome.reason();
        }
        ProbationFile probation = new ProbationFile(context.disk(), context.layout());
        try {
            if (new HistoryFile(context.disk(), context.layout()).takesBack()) {
                return probation
                                .read()
                                .filter(failed -> !failed.verdict().isEmpty())
                                .map(failed -> failed.named() + " has failed its probation, " + failed.verdict() + "; ")
                                .orElse("")
                        + "the last update was taken back";
            }
            return probation
                    .of(begin.id())
                    .map(begun -> "on probation until it has run for "
                            + begun.required().toSeconds() + " s")
                    .orElse(outcome.reason());
        } catch (IOException e) {
            log.warning("could not tell whether the last update was taken back", e);
            return outcome.reason();
        }
    }

    /**
     * Writes the report of an update that was refused, forced. One that cannot be written is logged.
     *
     * @param at when the update began
     */
    void writeRefusal(UpdateFailure failure, Instant at, Optional<PackageStatus> agent) {
        write(
                UpdateReport.Outcome.REFUSED,
                new UpdateReport.Explanation(
                        String.valueOf(failure.getMessage()),
                        failure.advice(),
                        failure.code().map(RefusalCode::text).orElse(""),
                        List.of()),
                at,
                agent);
    }

    /**
     * Writes the report of an update of which nothing is known but that it failed, forced. One that cannot be written is
     * logged.
     *
     * @param at a moment that is the update's own, for that it is remembered once
     */
    void writeUnknown(UpdateResult outcome, Instant at) {
        write(
                outcome.kind(),
                new UpdateReport.Explanation(outcome.reason(), outcome.advice(), "", List.of()),
                at,
                new StatusFile(context).status());
    }

    private void write(
            UpdateReport.Outcome outcome,
            UpdateReport.Explanation explanation,
            Instant at,
            Optional<PackageStatus> agent) {
        write(new UpdateReport(
                outcome,
                explanation,
                new Versions(
                        agent.map(PackageStatus::agentVersion).orElse(""),
                        agent.map(PackageStatus::serverVersion).orElse("")),
                Optional.empty(),
                run(Begin.id(at), recovered),
                times(at),
                new UpdateReport.Changes(
                        UpdateReport.FileCounts.NONE,
                        UpdateReport.StepCounts.NONE,
                        untouchedService(),
                        UpdateReport.Verification.NONE,
                        List.of())));
    }

    private UpdateReport.Run run(String update, boolean another) {
        return new UpdateReport.Run(
                update,
                context.product().name(),
                updaterVersion,
                another,
                context.layout().log().toString());
    }

    private UpdateReport.Times times(Instant began) {
        return new UpdateReport.Times(began, context.clock().now(), timeline.downtime(), timeline.entries());
    }

    /**
     * Gives the last report, if it is of that update, and that update's line in the history another reason. What cannot be written
     * again is logged.
     */
    void amend(String update, String reason) {
        try (Directory state = context.disk().open(context.layout().state())) {
            Optional<byte[]> json = SmallFile.read(state, StateFiles.REPORT, MAX_BYTES);
            UpdateReport report = ReportJson.read(json.orElseThrow(() -> new IOException("there is none")));
            if (report.run().id().equals(update)) {
                store(report.withReason(reason));
            }
            new HistoryFile(context.disk(), context.layout()).amend(update, reason);
        } catch (IOException | ReportFormatException e) {
            log.warning("could not write the report again", e);
        }
    }

    private void store(UpdateReport report) {
        // Who may read the log in home may not read the host's journal.
        write(ReportJson.write(report.withoutOutput()), context.layout().home(), "log");
        write(ReportJson.write(report), context.layout().state(), "");
    }

    private void write(UpdateReport report) {
        store(report);
        try {
            new HistoryFile(context.disk(), context.layout()).add(report);
        } catch (IOException e) {
            log.warning("could not add the update to the history", e);
        }
    }

    /** Returns whether an earlier run, which knew more, has reported this already. */
    boolean hasWritten(Begin begin, UpdateResult outcome) {
        try (Directory state = context.disk().open(context.layout().state())) {
            Optional<byte[]> json = SmallFile.read(state, StateFiles.REPORT, MAX_BYTES);
            if (json.isEmpty()) {
                return false;
            }
            UpdateReport report = ReportJson.read(json.get());
            return report.run().id().equals(begin.id()) && report.outcome() == outcome.kind();
        } catch (IOException | ReportFormatException e) {
            return false;
        }
    }

    private UpdateReport.ServiceChange service(Begin begin, UpdateResult outcome) {
        String enablement;
        try {
            enablement = context.service().inspect().enablement();
        } catch (UpdateFailure e) {
            enablement = "unknown: " + e.getMessage();
        }
        return new UpdateReport.ServiceChange(
                begin.before().serviceManager(),
                context.serviceName(),
                begin.before().service().active(),
                begin.before().service().enablement(),
                outcome.activeAfter(),
                enablement,
                outcome.rollback().output());
    }

    private UpdateReport.ServiceChange untouchedService() {
        boolean active;
        String enablement;
        try {
            active = context.service().state().running();
            enablement = context.service().inspect().enablement();
        } catch (UpdateFailure e) {
            active = false;
            enablement = "unknown: " + e.getMessage();
        }
        return new UpdateReport.ServiceChange(
                context.managerName(), context.serviceName(), active, enablement, active, enablement, List.of());
    }

    private void write(byte[] json, Path anchor, String directory) {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            SmallFile.replace(opened.directory(anchor, directory), StateFiles.REPORT, json, 0644);
        } catch (IOException e) {
            log.warning("could not write the report", e);
        }
    }
}
