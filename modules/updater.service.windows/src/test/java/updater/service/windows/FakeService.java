package updater.service.windows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.processes.ProcessId;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;
import updater.service.windows.ServiceControl.RunState;
import updater.service.windows.ServiceControl.Status;

/** One service of {@link FakeServiceControl}: its settings, and a life in time. */
final class FakeService {
    /** How its process behaves from the next start on. */
    record Script(
            Duration startTime,
            Duration stopTime,
            Duration checkPointEvery,
            Duration linger,
            boolean acceptsStop,
            boolean missing,
            boolean neverConnects,
            boolean dies) {
        static final Script WELL =
                new Script(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, true, false, false, false);
        static final Duration NEVER = Duration.ofDays(1);

        Script startTime(Duration time) {
            return new Script(time, stopTime, checkPointEvery, linger, acceptsStop, missing, neverConnects, dies);
        }

        Script stopTime(Duration time) {
            return new Script(startTime, time, checkPointEvery, linger, acceptsStop, missing, neverConnects, dies);
        }

        Script checkPointEvery(Duration time) {
            return new Script(startTime, stopTime, time, linger, acceptsStop, missing, neverConnects, dies);
        }

        Script linger(Duration time) {
            return new Script(startTime, stopTime, checkPointEvery, time, acceptsStop, missing, neverConnects, dies);
        }

        Script refusesStop() {
            return new Script(startTime, stopTime, checkPointEvery, linger, false, missing, neverConnects, dies);
        }

        Script withoutProgram() {
            return new Script(startTime, stopTime, checkPointEvery, linger, acceptsStop, true, neverConnects, dies);
        }

        Script withoutDispatcher() {
            return new Script(startTime, stopTime, checkPointEvery, linger, acceptsStop, missing, true, dies);
        }

        Script ending() {
            return new Script(startTime, stopTime, checkPointEvery, linger, acceptsStop, missing, neverConnects, true);
        }
    }

    private final FakeServiceControl host;
    final String name;
    Config config;
    String description = "";
    boolean delayed;
    FailureActions failureActions = new FailureActions(0, "", "", List.of());
    boolean actionsOnError;
    boolean markedForDelete;
    Script script = Script.WELL;

    /** Looks at what is about to be started, and may choose how it behaves. */
    Runnable onLaunch = () -> {};

    private Script running = Script.WELL;
    private RunState state = RunState.STOPPED;
    private int win32Exit = ErrorCode.SERVICE_NEVER_STARTED.code();
    private long pid;
    private long since;
    private int failures;
    private Optional<Long> restartAt = Optional.empty();
    private final List<FakeProcess> processes = new ArrayList<>();

    FakeService(FakeServiceControl host, String name, Config config) {
        this.host = host;
        this.name = name;
        this.config = config;
    }

    /** A process that ends when its time has come. */
    private final class FakeProcess {
        private final long number;
        private Optional<Long> endsAt = Optional.empty();

        FakeProcess(long number) {
            this.number = number;
        }

        boolean alive() {
            return endsAt.isEmpty() || host.clock.nanos() < endsAt.get();
        }

        void kill() {
            endsAt = Optional.of(host.clock.nanos());
        }
    }

    Optional<ProcessId> find(long number) {
        return living(number).map(process -> new ProcessId(number, Integer.toString(processes.indexOf(process))));
    }

    void kill(ProcessId process) {
        if (find(process.pid()).filter(process::equals).isPresent()) {
            living(process.pid()).ifPresent(FakeProcess::kill);
        }
    }

    private Optional<FakeProcess> living(long number) {
        settle();
        return processes.stream()
                .filter(process -> process.number == number && process.alive())
                .findFirst();
    }

    int livingProcesses() {
        settle();
        return (int) processes.stream().filter(FakeProcess::alive).count();
    }

    /** Lets happen what is due. */
    void settle() {
        long now = host.clock.nanos();
        if (state == RunState.START_PENDING
                && now - since >= running.startTime().toNanos()) {
            enter(RunState.RUNNING);
        }
        if (state == RunState.RUNNING && running.dies()) {
            crash();
        }
        if (state == RunState.STOP_PENDING && now - since >= running.stopTime().toNanos()) {
            end(0, running.linger());
        }
        if (state == RunState.STOPPED && restartAt.isPresent() && now >= restartAt.get()) {
            restartAt = Optional.empty();
            if (config.startType() != StartMode.DISABLED.number()) {
                launch();
            }
        }
    }

    private void enter(RunState next) {
        state = next;
        since = host.clock.nanos();
    }

    private void end(int exit, Duration linger) {
        processes.getLast().endsAt = Optional.of(host.clock.nanos() + linger.toNanos());
        win32Exit = exit;
        pid = 0;
        enter(RunState.STOPPED);
    }

    /** The process dies without a word; the failure actions follow. */
    void crash() {
        end(ErrorCode.PROCESS_ABORTED.code(), Duration.ZERO);
        List<Action> actions = failureActions.actions();
        if (!actions.isEmpty()) {
            Action action = actions.get(Math.min(failures++, actions.size() - 1));
            restartAt = action.type() == 1
                    ? Optional.of(host.clock.nanos()
                            + Duration.ofMillis(action.delayMillis()).toNanos())
                    : Optional.empty();
        }
    }

    private void launch() {
        onLaunch.run();
        running = script;
        pid = host.nextPid();
        win32Exit = 0;
        processes.add(new FakeProcess(pid));
        enter(RunState.START_PENDING);
        settle();
    }

    Status status() {
        settle();
        boolean pending = state == RunState.STOP_PENDING || state == RunState.START_PENDING;
        long every = running.checkPointEvery().toNanos();
        int checkPoint = pending && every > 0 ? (int) ((host.clock.nanos() - since) / every) + 1 : 0;
        int waitHint = pending ? (int) running.checkPointEvery().toMillis() * 2 : 0;
        int controls = state == RunState.RUNNING && running.acceptsStop() ? 1 : 0;
        return new Status(config.type(), state, controls, win32Exit, 0, checkPoint, waitHint, pid);
    }

    void start() throws Win32Failure {
        settle();
        refuse(markedForDelete, "StartService", ErrorCode.SERVICE_MARKED_FOR_DELETE);
        refuse(config.startType() == StartMode.DISABLED.number(), "StartService", ErrorCode.SERVICE_DISABLED);
        refuse(state != RunState.STOPPED, "StartService", ErrorCode.SERVICE_ALREADY_RUNNING);
        refuse(script.missing(), "StartService", ErrorCode.FILE_NOT_FOUND);
        if (script.neverConnects()) {
            host.clock.pass(Duration.ofSeconds(30));
            refuse(true, "StartService", ErrorCode.SERVICE_REQUEST_TIMEOUT);
        }
        for (String dependency : config.dependencies()) {
            host.service(dependency).startWanted();
        }
        restartAt = Optional.empty();
        launch();
    }

    /** A dependency is started along. */
    private void startWanted() throws Win32Failure {
        settle();
        if (state == RunState.STOPPED) {
            start();
        }
    }

    void stop() throws Win32Failure {
        settle();
        refuse(state == RunState.STOPPED, "ControlService", ErrorCode.SERVICE_NOT_ACTIVE);
        refuse(state != RunState.RUNNING, "ControlService", ErrorCode.CANNOT_ACCEPT_CONTROL);
        refuse(!activeDependents().isEmpty(), "ControlService", ErrorCode.DEPENDENT_SERVICES_RUNNING);
        refuse(!running.acceptsStop(), "ControlService", ErrorCode.INVALID_SERVICE_CONTROL);
        enter(RunState.STOP_PENDING);
        settle();
    }

    /** Those that depend on it, by way of others too, last started first. */
    List<String> activeDependents() {
        List<String> active = new ArrayList<>();
        for (FakeService other : host.services()) {
            other.settle();
            if (other.config.dependencies().contains(name) && other.state != RunState.STOPPED) {
                active.addAll(other.activeDependents());
                active.add(other.name);
            }
        }
        return active.stream().distinct().toList();
    }

    /** The host is switched off and on: what is automatic runs. */
    void reboot() {
        processes.clear();
        pid = 0;
        restartAt = Optional.empty();
        failures = 0;
        win32Exit = ErrorCode.SERVICE_NEVER_STARTED.code();
        enter(RunState.STOPPED);
        if (config.startType() == StartMode.AUTO.number()) {
            launch();
        }
    }

    private static void refuse(boolean condition, String function, ErrorCode code) throws Win32Failure {
        if (condition) {
            throw new Win32Failure(function, code.code());
        }
    }
}
