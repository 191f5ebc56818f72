package updater.transaction.apply;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.Bytes;
import updater.api.Product.HealthRule;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.state.document.StatusDocument.PackageStatus;
import updater.transaction.context.EventLog;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;

/**
 * The health check of the new agent.
 *
 * <p>Two witnesses are heard: the status file, and the service manager. The status file alone is not believed: an agent
 * that wrote Installed and died is not installed. The service alone is enough to fail, at once, and enough to succeed
 * only where no report can come because the agent had nothing to report on (an operator's own run).
 */
public record HealthCheck(UpdateContext context, StatusFile store, EventLog log) {
    /** Returns whether a report will come: only an agent that was told of an update writes how it went. */
    boolean reportExpected(Optional<Bytes> statusBefore) {
        OptionalInt number = store.number(statusBefore);
        return number.isEmpty()
                || (number.getAsInt() != StatusFile.INSTALLED && number.getAsInt() != StatusFile.INSTALL_FAILED);
    }

    /**
     * Returns once the agent is healthy.
     *
     * @param startedNanos when its start was dispatched, on the context's clock
     * @param statusBefore the status file before the stop
     * @return how it proved healthy, for people
     * @throws UpdateFailure.Unhealthy when it failed, or did not prove healthy in time
     */
    public String untilHealthy(long startedNanos, Optional<Bytes> statusBefore)
            throws UpdateFailure, InterruptedException {
        HealthRule rule = context.product().health();
        boolean expected = reportExpected(statusBefore);
        MainProcessObserver observer =
                new MainProcessObserver(context, MainProcessObserver.Agent.NEW, startedNanos, log);
        Optional<Long> installedSince = Optional.empty();
        while (true) {
            Duration elapsed = context.clock().since(startedNanos);
            ServiceState state = observer.look();
            Optional<PackageStatus> report = store.status();
            refuseReportedFailure(report, statusBefore);
            boolean installed = report.isPresent() && says(report.get(), StatusFile.INSTALLED);
            if (expected && installed && state.running()) {
                long since = installedSince.orElse(context.clock().nanos());
                installedSince = Optional.of(since);
                if (context.clock().since(since).compareTo(rule.settle()) >= 0) {
                    return "reported Installed, and process " + state.mainPid() + " ran on";
                }
            } else {
                installedSince = Optional.empty();
            }
            if (elapsed.compareTo(rule.window()) >= 0 && installedSince.isEmpty()) {
                if (!expected && state.running()) {
                    return "process " + state.mainPid() + " stayed up for "
                            + rule.window().toMillis() + " ms";
                }
                throw silent(rule, report, state);
            }
            context.clock().pause(rule.poll());
        }
    }

    private void refuseReportedFailure(Optional<PackageStatus> report, Optional<Bytes> before)
            throws UpdateFailure.Unhealthy {
        if (report.isPresent()
                && says(report.get(), StatusFile.INSTALL_FAILED)
                && store.changedTo(StatusFile.INSTALL_FAILED, before)) {
            String reason = report.get().errorMessage();
            throw new UpdateFailure.Unhealthy(
                    "the new agent reported that its installation failed" + (reason.isEmpty() ? "" : ": " + reason),
                    "Look into the agent's own log");
        }
    }

    private static boolean says(PackageStatus status, int number) {
        return status.status().isPresent() && status.status().getAsInt() == number;
    }

    private UpdateFailure.Unhealthy silent(HealthRule rule, Optional<PackageStatus> report, ServiceState state) {
        String said = report.map(PackageStatus::status)
                .map(number -> number.isPresent() ? "status " + number.getAsInt() : "no status")
                .orElse("nothing readable of package " + context.product().packageName());
        return new UpdateFailure.Unhealthy(
                "the new agent did not report success within " + rule.window().toMillis() + " ms: "
                        + context.product().statusFile() + " says " + said + ", the service is " + state.activity()
                        + " (" + state.detail() + ")",
                "Look into the agent's own log");
    }
}
