package updater.transaction.apply;

import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import updater.api.Bytes;
import updater.api.HealthRule;
import updater.api.HealthRule.AfterSuccess;
import updater.api.Probe;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState;
import updater.state.document.StatusDocument.PackageStatus;
import updater.transaction.context.EventLog;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;

/**
 * The health check of the new agent.
 *
 * <p>The service manager is heard, and what the product's probes ask. No probe alone is believed: an agent that wrote
 * Installed, or answered, and died is not installed. The service alone is enough to fail, at once; and enough to succeed
 * where nothing else is asked, or where no report can come because the agent had nothing to report on (an operator's own
 * run).
 */
public record HealthCheck(UpdateContext context, StatusFile store, Probes probes, EventLog log) {
    /** Returns whether a report will come: only an agent that was told of an update writes how it went. */
    boolean reportExpected(Optional<Bytes> statusBefore) {
        if (!context.product().health().reports()) {
            return false;
        }
        OptionalInt number = store.number(statusBefore);
        if (statusBefore.isEmpty() && context.product().health().status().afterSuccess() == AfterSuccess.REMOVE) {
            return false;
        }
        return number.isEmpty()
                || (number.getAsInt() != StatusFile.INSTALLED && number.getAsInt() != StatusFile.INSTALL_FAILED);
    }

    /**
     * Returns once the agent is healthy. Its time counts from when the service runs; how long it may take until then is the
     * service manager's to say.
     *
     * @param startedNanos a moment right before its start was dispatched, on the context's clock
     * @param restart how the service is started again when it turns out that somebody else had started it before
     * @param statusBefore the status file before the stop
     * @param atStart the status file just before the last start: what it says until it is written again is not the new agent's
     * @return how it proved healthy, for people
     * @throws UpdateFailure.Unhealthy when it failed, or did not prove healthy in time
     */
    public String untilHealthy(
            long startedNanos,
            MainProcessObserver.Restart restart,
            Optional<Bytes> statusBefore,
            Supplier<StatusFile.Seen> atStart,
            Timeline timeline)
            throws UpdateFailure, InterruptedException {
        HealthRule rule = context.product().health();
        boolean expected = reportExpected(statusBefore);
        Duration least = leastRunning(expected);
        MainProcessObserver observer =
                new MainProcessObserver(context, MainProcessObserver.Agent.NEW, startedNanos, true, restart, log);
        boolean saidInstalled = false;
        Optional<Long> holdsSince = Optional.empty();
        while (true) {
            ServiceState state = observe(observer, statusBefore, atStart);
            Optional<PackageStatus> report = report(atStart);
            requireNoFailure(report, statusBefore, "");
            timeline.seen(state);
            Optional<Duration> running = observer.runningFor();
            if (running.isEmpty()) {
                requireInTime(observer, rule, state);
                saidInstalled = false;
                holdsSince = Optional.empty();
            } else {
                // An agent may remove the file once its server knows.
                boolean installed = report.map(said -> store.saysInstalled(said, statusBefore))
                        .orElse(saidInstalled);
                saidInstalled = installed;
                Optional<String> failing = expected && !installed ? Optional.of(notReported()) : probes.failing(state);
                if (failing.isPresent()) {
                    holdsSince = Optional.empty();
                    requireInWindow(running.get(), rule, failing.get(), state);
                } else {
                    long since = holdsSince.orElse(context.clock().nanos());
                    holdsSince = Optional.of(since);
                    if (running.get().compareTo(least) >= 0 && settled(since, expected)) {
                        if (!expected) {
                            writeSuccess(statusBefore);
                        }
                        return described(state, expected, least);
                    }
                }
            }
            timeline.waits(
                    expected && !saidInstalled ? "the new agent's report" : "the new agent to prove healthy",
                    running.orElseGet(observer::sinceStart),
                    rule.window());
            context.clock().pause(rule.poll());
        }
    }

    /** Returns how long the service must have run on end. */
    private Duration leastRunning(boolean expected) {
        HealthRule rule = context.product().health();
        boolean nothingAsked = rule.reports() && rule.probes().size() == 1 && !expected;
        Duration asked = rule.probes().stream()
                .filter(Probe.Running.class::isInstance)
                .map(probe -> ((Probe.Running) probe).time())
                .max(Comparator.naturalOrder())
                .orElse(nothingAsked ? rule.window() : Duration.ZERO);
        return asked.compareTo(rule.stabilisation()) > 0 ? asked : rule.stabilisation();
    }

    /** What was never otherwise has settled once the service has run for long enough. */
    private boolean settled(long since, boolean expected) {
        return (!expected && probes.described().isEmpty())
                || context.clock().passed(context.product().health().stabilisation(), since);
    }

    private String described(ServiceState state, boolean expected, Duration least) {
        Optional<String> answered = probes.described();
        return expected
                ? "reported Installed, " + answered.map(text -> text + ", ").orElse("and ") + describe(state)
                        + " ran on"
                : answered.isPresent()
                        ? answered.get() + ", and " + describe(state) + " ran on"
                        : describe(state) + " stayed up for " + least.toMillis() + " ms";
    }

    private static void requireInWindow(Duration running, HealthRule rule, String failing, ServiceState state)
            throws UpdateFailure.Unhealthy {
        if (running.compareTo(rule.window()) >= 0) {
            throw new UpdateFailure.Unhealthy(
                    "the new agent did not prove healthy within "
                            + rule.window().toMillis()
                            + " ms from when its service ran: " + failing + "; the service is " + state.activity()
                            + " (" + state.detail() + ")",
                    "Look into the agent's own log");
        }
    }

    private static String describe(ServiceState state) {
        return state.mainPid() != 0
                ? "process " + state.mainPid()
                : state.processes().size() == 1
                        ? "process " + state.processes().getFirst()
                        : state.processes().size() + " processes";
    }

    /** The manager ends a start that takes too long; where it has no limit, or does not answer, there is one here. */
    private void requireInTime(MainProcessObserver observer, HealthRule rule, ServiceState state) throws UpdateFailure {
        Duration taken = observer.sinceStart();
        if (taken.compareTo(rule.window()) < 0) {
            return;
        }
        Duration bound = context.service().startBound();
        if (taken.compareTo(bound.compareTo(rule.window()) > 0 ? bound : rule.window()) >= 0) {
            throw new UpdateFailure.Unhealthy(
                    "the new agent's service " + context.serviceName() + " did not come up within " + taken.toSeconds()
                            + " s: it is " + state.activity() + " (" + state.detail() + ")",
                    "Look into the agent's own log and the service manager's");
        }
    }

    /** A failed service does not say why its agent gave up; the agent may have. */
    private ServiceState observe(
            MainProcessObserver observer, Optional<Bytes> statusBefore, Supplier<StatusFile.Seen> atStart)
            throws UpdateFailure {
        try {
            return observer.observe();
        } catch (UpdateFailure.Unhealthy e) {
            requireNoFailure(report(atStart), statusBefore, "; " + e.getMessage());
            throw e;
        }
    }

    /** Returns what the new agent says; empty when it has said nothing yet. */
    private Optional<PackageStatus> report(Supplier<StatusFile.Seen> atStart) {
        try {
            StatusFile.Seen now = store.seen();
            return now.writing().equals(atStart.get().writing()) ? Optional.empty() : store.status(now);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void requireNoFailure(Optional<PackageStatus> report, Optional<Bytes> statusBefore, String more)
            throws UpdateFailure.Unhealthy {
        if (report.isPresent() && store.saysFailed(report.get(), statusBefore)) {
            String reason = report.get().errorMessage();
            throw new UpdateFailure.Unhealthy(
                    "the new agent reported that its installation failed" + (reason.isEmpty() ? "" : ": " + reason)
                            + more,
                    "Look into the agent's own log");
        }
    }

    /** Whoever reads the status file is not to take an earlier failure for this update's. */
    private void writeSuccess(Optional<Bytes> statusBefore) {
        try {
            store.writeSuccess(statusBefore);
        } catch (IOException e) {
            log.warning("could not write the success into the status file", e);
        }
    }

    private String notReported() {
        String said = store.status()
                .map(PackageStatus::status)
                .map(number -> number.isPresent() ? "status " + number.getAsInt() : "no status")
                .orElse("nothing readable of package "
                        + context.product().health().status().packageName());
        return "it did not report success, "
                + context.product().health().status().file() + " says " + said;
    }
}
