package updater.service.windows;

import static updater.service.windows.ServiceControl.ENUMERATE_DEPENDENTS;
import static updater.service.windows.ServiceControl.QUERY_CONFIG;
import static updater.service.windows.ServiceControl.QUERY_STATUS;
import static updater.service.windows.ServiceControl.STOP;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.RunState;
import updater.service.windows.ServiceControl.Status;

/**
 * The stop of one service as {@code services.msc} does it: those that depend on it first, and each until its process is
 * gone.
 *
 * <p>Three things end later than one would think. A service may report STOPPED and its process run on, with its files
 * open: the process is waited for, and ended when it lingers, which is safe since no failure action follows a reported
 * stop. A service whose process died is STOPPED too, but the manager starts it again after the delay of its failure
 * action, in the middle of an update: that restart is waited for, and stopped. And a control that is refused with 1052
 * or 1061 because the service is just starting is sent again once it has.
 */
final class ServiceStop {
    /** A service that raises its checkpoint in time is given this much more than the bound. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private static final Duration LINGER = Duration.ofSeconds(5);
    private static final Duration KILLED = Duration.ofSeconds(2);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    /** How much later than its delay a restart may come. */
    private static final Duration RESTART_MARGIN = Duration.ofSeconds(1);

    private static final int RESTART = 1;

    private final ServiceControl control;
    private final Processes processes;
    private final Ticker clock;
    private final Duration bound;
    private final long start;
    private final Set<String> visited = new HashSet<>();

    /** @param bound at least this long is waited, for all services together */
    ServiceStop(ServiceControl control, Processes processes, Ticker clock, Duration bound) {
        this.control = control;
        this.processes = processes;
        this.clock = clock;
        this.bound = bound;
        this.start = clock.nanos();
    }

    void stop(String service) throws UpdateFailure.Service {
        visited.add(service);
        try (OpenService open =
                OpenService.open(control, service, STOP | QUERY_STATUS | QUERY_CONFIG | ENUMERATE_DEPENDENTS)) {
            Status first = control.queryStatus(open.handle());
            if (first.state() == RunState.STOPPED) {
                first = afterRestart(service, open, first);
            }
            Optional<ProcessId> process = ownProcess(first);
            untilStopped(service, open, first);
            if (process.isPresent()) {
                untilEnded(service, process.get());
            }
        } catch (Win32Failure e) {
            throw ErrorCode.failure("stop", service, e);
        }
    }

    /** A process that holds other services too goes on. */
    private Optional<ProcessId> ownProcess(Status status) {
        boolean own = (status.type() & ServiceControl.TYPE_OWN_PROCESS) != 0 && status.processId() != 0;
        return own ? processes.find(status.processId()) : Optional.empty();
    }

    /** Waits for the restart that follows the death of a process, as long as the failure actions say. */
    private Status afterRestart(String service, OpenService open, Status stopped)
            throws Win32Failure, UpdateFailure.Service {
        Duration delay = pendingRestart(open, stopped);
        long since = clock.nanos();
        Status status = stopped;
        while (status.state() == RunState.STOPPED && clock.since(since).compareTo(delay) < 0) {
            pause(service, LONGEST_PAUSE);
            status = control.queryStatus(open.handle());
        }
        return status;
    }

    private Duration pendingRestart(OpenService open, Status stopped) throws Win32Failure {
        if (stopped.win32Exit() != ErrorCode.PROCESS_ABORTED.code()) {
            return Duration.ZERO;
        }
        Optional<Duration> longest = control.queryFailureActions(open.handle()).actions().stream()
                .filter(action -> action.type() == RESTART)
                .map(Action::delayMillis)
                .map(millis -> Duration.ofMillis(Integer.toUnsignedLong(millis)).plus(RESTART_MARGIN))
                .max(Duration::compareTo);
        return longest.map(delay -> delay.compareTo(bound) < 0 ? delay : bound).orElse(Duration.ZERO);
    }

    private void untilStopped(String service, OpenService open, Status first)
            throws UpdateFailure.Service, Win32Failure {
        Progress progress = new Progress(first);
        Status status = first;
        boolean asked = false;
        Optional<Win32Failure> refused = Optional.empty();
        while (status.state() != RunState.STOPPED) {
            if (status.state() != RunState.STOP_PENDING && !asked) {
                refused = ask(open);
                asked = refused.isEmpty() || ErrorCode.SERVICE_REQUEST_TIMEOUT.of(refused.get());
            }
            status = control.queryStatus(open.handle());
            if (status.state() == RunState.STOPPED) {
                return;
            }
            progress.observe(status);
            if (refused.isPresent() && !asked && status.state() == RunState.RUNNING) {
                throw refused.get();
            }
            if (progress.overdue()) {
                throw tooLate(service, status, refused);
            }
            pause(service, pauseOf(status));
        }
    }

    /** Sends the stop; returns the error of one that may be answered otherwise, or followed, later on. */
    private Optional<Win32Failure> ask(OpenService open) throws Win32Failure, UpdateFailure.Service {
        try {
            control.control(open.handle(), ServiceControl.CONTROL_STOP);
            return Optional.empty();
        } catch (Win32Failure e) {
            if (ErrorCode.SERVICE_NOT_ACTIVE.of(e)) {
                return Optional.empty();
            }
            if (ErrorCode.DEPENDENT_SERVICES_RUNNING.of(e)) {
                stopDependents(open);
                control.control(open.handle(), ServiceControl.CONTROL_STOP);
                return Optional.empty();
            }
            if (ErrorCode.INVALID_SERVICE_CONTROL.of(e)
                    || ErrorCode.CANNOT_ACCEPT_CONTROL.of(e)
                    || ErrorCode.SERVICE_REQUEST_TIMEOUT.of(e)) {
                return Optional.of(e);
            }
            throw e;
        }
    }

    private void stopDependents(OpenService open) throws Win32Failure, UpdateFailure.Service {
        for (String dependent : control.activeDependents(open.handle())) {
            if (!visited.contains(dependent)) {
                stop(dependent);
            }
        }
    }

    private UpdateFailure.Service tooLate(String service, Status status, Optional<Win32Failure> refused) {
        String said = refused.map(e -> "; the service control manager said: " + ErrorCode.meaning(e.code()))
                .orElse("");
        return new UpdateFailure.Service(
                "the service " + service + " did not stop within "
                        + clock.since(start).toSeconds() + " s: it is " + status.state() + ", checkpoint "
                        + status.checkPoint() + said,
                "See what its process " + status.processId() + " does; 'taskkill /F /PID " + status.processId()
                        + "' ends it, and its failure actions may then start it again");
    }

    private void untilEnded(String service, ProcessId process) throws UpdateFailure.Service {
        if (ended(service, process, LINGER)) {
            return;
        }
        processes.kill(process);
        if (!ended(service, process, KILLED)) {
            throw new UpdateFailure.Service(
                    "the service " + service + " has stopped, but its " + process + " does not end",
                    "End it with 'taskkill /F /PID " + process.pid()
                            + "', or reboot; a debugger or scanner may hold it");
        }
    }

    private boolean ended(String service, ProcessId process, Duration patience) throws UpdateFailure.Service {
        long since = clock.nanos();
        while (processes.lives(process)) {
            if (clock.passed(patience, since)) {
                return false;
            }
            pause(service, SHORTEST_PAUSE);
        }
        return true;
    }

    private void pause(String service, Duration duration) throws UpdateFailure.Service {
        clock.pause(duration, "while " + service + " was stopping");
    }

    /** A tenth of the wait hint, as the documentation of {@code QueryServiceStatusEx} advises, but no pause of its length. */
    private static Duration pauseOf(Status status) {
        Duration tenth = Duration.ofMillis(Integer.toUnsignedLong(status.waitHint()) / 10);
        if (tenth.compareTo(SHORTEST_PAUSE) < 0) {
            return SHORTEST_PAUSE;
        }
        return tenth.compareTo(LONGEST_PAUSE) < 0 ? tenth : LONGEST_PAUSE;
    }

    /** The progress of a service, by its checkpoint: one that raises it within its wait hint is getting on. */
    private final class Progress {
        private int checkPoint;
        private RunState state;
        private Duration hint = Duration.ZERO;
        private long raised;

        Progress(Status first) {
            checkPoint = first.checkPoint();
            state = first.state();
            raised = clock.nanos();
        }

        void observe(Status status) {
            if (status.checkPoint() != checkPoint || status.state() != state) {
                checkPoint = status.checkPoint();
                state = status.state();
                raised = clock.nanos();
            }
            hint = Duration.ofMillis(Integer.toUnsignedLong(status.waitHint()));
        }

        boolean overdue() {
            Duration elapsed = clock.since(start);
            boolean gettingOn = clock.since(raised).compareTo(hint) < 0;
            return elapsed.compareTo(bound) >= 0 && (!gettingOn || elapsed.compareTo(bound.plus(GRACE)) >= 0);
        }
    }
}
