package updater.service.windows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Give up on a call that does not return. Each is a remote call to {@code services.exe}, which has no time-out of its own;
 * a driver or a service that hangs inside the service control manager's lock stops them all.
 *
 * <p>The thread of such a call is left behind; the updater ends without waiting for it.
 */
final class BoundedServiceControl implements ServiceControl {
    /** Longer than the 30 s that a start may take, and than the 125 s that {@code ControlService} may, in a busy manager. */
    static final Duration BOUND = Duration.ofSeconds(150);

    private final ServiceControl control;
    private final Duration bound;

    BoundedServiceControl(ServiceControl control, Duration bound) {
        this.control = control;
        this.bound = bound;
    }

    /** A call. */
    @FunctionalInterface
    private interface Call<T> {
        T run() throws Win32Failure;
    }

    /** A call that returns nothing. */
    @FunctionalInterface
    private interface Action {
        void run() throws Win32Failure;
    }

    private void act(String function, Action action) throws Win32Failure {
        this.<Object>call(function, () -> {
            action.run();
            return this;
        });
    }

    private <T> T call(String function, Call<T> call) throws Win32Failure {
        FutureTask<T> task = new FutureTask<>(call::run);
        Thread thread = new Thread(task, function);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Win32Failure(function, ErrorCode.NO_ANSWER.code());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Win32Failure(function, ErrorCode.NO_ANSWER.code());
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Win32Failure failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public Handle openManager(int access) throws Win32Failure {
        return call("OpenSCManager", () -> control.openManager(access));
    }

    @Override
    public Handle openService(Handle manager, String name, int access) throws Win32Failure {
        return call("OpenService", () -> control.openService(manager, name, access));
    }

    /** {@inheritDoc} A handle that cannot be closed goes with the process. */
    @Override
    public void close(Handle handle) {
        try {
            act("CloseServiceHandle", () -> control.close(handle));
        } catch (Win32Failure e) {
            // It has been waited for long enough.
        }
    }

    @Override
    public Status queryStatus(Handle service) throws Win32Failure {
        return call("QueryServiceStatusEx", () -> control.queryStatus(service));
    }

    @Override
    public void control(Handle service, int code) throws Win32Failure {
        act("ControlService", () -> control.control(service, code));
    }

    @Override
    public void start(Handle service) throws Win32Failure {
        act("StartService", () -> control.start(service));
    }

    @Override
    public List<String> activeDependents(Handle service) throws Win32Failure {
        return call("EnumDependentServices", () -> control.activeDependents(service));
    }

    @Override
    public Config queryConfig(Handle service) throws Win32Failure {
        return call("QueryServiceConfig", () -> control.queryConfig(service));
    }

    @Override
    public void changeConfig(Handle service, ConfigChange change) throws Win32Failure {
        act("ChangeServiceConfig", () -> control.changeConfig(service, change));
    }

    @Override
    public String queryDescription(Handle service) throws Win32Failure {
        return call("QueryServiceConfig2", () -> control.queryDescription(service));
    }

    @Override
    public void changeDescription(Handle service, String description) throws Win32Failure {
        act("ChangeServiceConfig2", () -> control.changeDescription(service, description));
    }

    @Override
    public boolean queryDelayedAutoStart(Handle service) throws Win32Failure {
        return call("QueryServiceConfig2", () -> control.queryDelayedAutoStart(service));
    }

    @Override
    public void changeDelayedAutoStart(Handle service, boolean delayed) throws Win32Failure {
        act("ChangeServiceConfig2", () -> control.changeDelayedAutoStart(service, delayed));
    }

    @Override
    public FailureActions queryFailureActions(Handle service) throws Win32Failure {
        return call("QueryServiceConfig2", () -> control.queryFailureActions(service));
    }

    @Override
    public void changeFailureActions(Handle service, FailureActions actions) throws Win32Failure {
        act("ChangeServiceConfig2", () -> control.changeFailureActions(service, actions));
    }

    @Override
    public boolean queryFailureActionsFlag(Handle service) throws Win32Failure {
        return call("QueryServiceConfig2", () -> control.queryFailureActionsFlag(service));
    }

    @Override
    public void changeFailureActionsFlag(Handle service, boolean onErrorExits) throws Win32Failure {
        act("ChangeServiceConfig2", () -> control.changeFailureActionsFlag(service, onErrorExits));
    }

    @Override
    public Optional<String> registryString(String key, String value) throws Win32Failure {
        return control.registryString(key, value);
    }
}
