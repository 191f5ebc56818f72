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
 * Watch the new agent until it has proven healthy, or has not.
 *
 * <p>Two witnesses are heard: the status file, and the service manager. The status file alone is not believed: an agent
 * that wrote Installed and died is not installed. The service alone is enough to fail, at once, and enough to succeed
 * only where no report can come because the agent had nothing to report on (an operator's own run).
 */
public final class HealthCheck {
    /**
     * A service that is not running, has no start under way and was never seen running has exited before the first
     * look, or its start was dropped; a look may still fall between the dispatch and the manager's noticing.
     */
    private static final Duration UNSEEN_START = Duration.ofSeconds(1);

    private static final int UNANSWERED_LOOKS = 5;

    private final UpdateContext context;
    private final StatusFile store;
    private final EventLog log;

    public HealthCheck(UpdateContext context, StatusFile store, EventLog log) {
        this.context = context;
        this.store = store;
        this.log = log;
    }

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
        Run run = new Run();
        Optional<Long> installedSince = Optional.empty();
        while (true) {
            Duration elapsed = context.clock().since(startedNanos);
            ServiceState state = run.look(elapsed);
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

    /** Follow the main process across looks. */
    private final class Run {
        private long pid;
        private long restarts;
        private boolean seen;
        private int unanswered;
        private ServiceState last = new ServiceState(ServiceState.Activity.STARTING, 0, 0, "start dispatched");

        ServiceState look(Duration elapsed) throws UpdateFailure {
            ServiceState now;
            try {
                now = context.service().state();
                unanswered = 0;
            } catch (UpdateFailure.Service e) {
                log.warning("the service manager did not say how the service is", "error", e.fullMessage());
                if (++unanswered >= UNANSWERED_LOOKS) {
                    throw e;
                }
                return last;
            }
            last = now;
            switch (now.activity()) {
                case FAILED -> throw gone("failed", now);
                case INACTIVE, STOPPING -> {
                    if (seen || elapsed.compareTo(UNSEEN_START) >= 0) {
                        throw gone("stopped", now);
                    }
                }
                case STARTING -> {
                    if (seen) {
                        throw gone("is being started again", now);
                    }
                }
                case RUNNING -> followed(now);
            }
            return now;
        }

        private void followed(ServiceState now) throws UpdateFailure.Unhealthy {
            if (!seen) {
                seen = true;
                pid = now.mainPid();
                restarts = now.restarts();
                log.debug("the new agent runs", "pid", pid);
            } else if (now.mainPid() != pid || now.restarts() != restarts) {
                throw gone("was restarted (process " + pid + " before, " + now.mainPid() + " now)", now);
            }
        }

        private UpdateFailure.Unhealthy gone(String what, ServiceState now) {
            return new UpdateFailure.Unhealthy(
                    "the new agent's service " + context.serviceName() + " " + what + ": " + now.detail(),
                    "Look into the agent's own log and the service manager's");
        }
    }
}
