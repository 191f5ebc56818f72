package updater.transaction;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SmallFile;
import updater.state.document.ReportFormatException;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.state.journal.JournalRecord.Begin;
import updater.transaction.context.EventLog;
import updater.transaction.context.StateFiles;
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
                begin.fromVersion(),
                begin.toVersion(),
                outcome.reason(),
                context.clock().now(),
                outcome.advice(),
                recovered,
                begin.id(),
                context.product().name(),
                updaterVersion,
                begin.at(),
                timeline.downtimeMillis(),
                context.layout().log().toString(),
                timeline.entries(),
                files,
                outcome.steps(),
                service(begin, outcome),
                outcome.verification(),
                outcome.kept(),
                warnings,
                new TrustFile(context.disk(), context.layout()).believed());
        byte[] json = ReportJson.write(report);
        write(json, context.layout().home(), "log");
        write(json, context.layout().state(), "");
    }

    /** Returns whether an earlier run, which knew more, has reported this already. */
    boolean hasWritten(Begin begin, UpdateResult outcome) {
        try (Directory state = context.disk().open(context.layout().state())) {
            Optional<byte[]> json = SmallFile.read(state, StateFiles.REPORT, MAX_BYTES);
            if (json.isEmpty()) {
                return false;
            }
            UpdateReport report = ReportJson.read(json.get());
            return report.id().equals(begin.id()) && report.outcome() == outcome.kind();
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
                begin.serviceManager(),
                context.serviceName(),
                begin.before().active(),
                begin.before().enablement(),
                outcome.activeAfter(),
                enablement);
    }

    private void write(byte[] json, Path anchor, String directory) {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            SmallFile.replace(opened.directory(anchor, directory), StateFiles.REPORT, json, 0644);
        } catch (IOException e) {
            log.warning("could not write the report", e);
        }
    }
}
