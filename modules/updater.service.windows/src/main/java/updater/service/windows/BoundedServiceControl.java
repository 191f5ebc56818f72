package updater.service.windows;

import static java.util.Map.entry;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A service control whose calls are given up when they do not return. Each is a remote call to {@code services.exe}, which
 * has no time-out of its own; a driver or a service that hangs inside the service control manager's lock stops them all.
 *
 * <p>The thread of such a call is left behind; the updater ends without waiting for it.
 */
record BoundedServiceControl(ServiceControl control, Duration bound) implements InvocationHandler {
    /** Longer than the 30 s that a start may take, and than the 125 s that {@code ControlService} may, in a busy manager. */
    static final Duration BOUND = Duration.ofSeconds(150);

    /** What Windows calls the function behind each method. What is not among them is no call to the manager. */
    static final Map<String, String> FUNCTIONS = Map.ofEntries(
            entry("openManager", "OpenSCManager"),
            entry("openService", "OpenService"),
            entry("close", "CloseServiceHandle"),
            entry("queryStatus", "QueryServiceStatusEx"),
            entry("control", "ControlService"),
            entry("start", "StartService"),
            entry("activeDependents", "EnumDependentServices"),
            entry("queryConfig", "QueryServiceConfig"),
            entry("changeConfig", "ChangeServiceConfig"),
            entry("queryDescription", "QueryServiceConfig2"),
            entry("changeDescription", "ChangeServiceConfig2"),
            entry("queryDelayedAutoStart", "QueryServiceConfig2"),
            entry("changeDelayedAutoStart", "ChangeServiceConfig2"),
            entry("queryFailureActions", "QueryServiceConfig2"),
            entry("changeFailureActions", "ChangeServiceConfig2"),
            entry("queryFailureActionsFlag", "QueryServiceConfig2"),
            entry("changeFailureActionsFlag", "ChangeServiceConfig2"));

    /** Returns a service control that makes the calls of this one, and gives each up after {@code bound}. */
    static ServiceControl of(ServiceControl control, Duration bound) {
        return (ServiceControl) Proxy.newProxyInstance(
                ServiceControl.class.getClassLoader(),
                new Class<?>[] {ServiceControl.class},
                new BoundedServiceControl(control, bound));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        String function = FUNCTIONS.get(method.getName());
        if (function == null) {
            return call(method, arguments);
        }
        try {
            return bounded(function, method, arguments);
        } catch (Win32Failure e) {
            if (function.equals("CloseServiceHandle")) {
                // It has been waited for long enough: a handle that cannot be closed goes with the process.
                return null;
            }
            throw e;
        }
    }

    private @Nullable Object call(Method method, @Nullable Object @Nullable [] arguments) throws Exception {
        try {
            return method.invoke(control, arguments);
        } catch (InvocationTargetException e) {
            throw failure(e.getCause());
        }
    }

    private @Nullable Object bounded(String function, Method method, @Nullable Object @Nullable [] arguments)
            throws Exception {
        FutureTask<@Nullable Object> task = new FutureTask<>(() -> call(method, arguments));
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
            throw failure(e.getCause());
        }
    }

    /** Returns the failure of a call, to be thrown as if there were no wrapper; an error is thrown at once. */
    private static Exception failure(@Nullable Throwable cause) {
        return switch (cause) {
            case Exception failure -> failure;
            case Error failure -> throw failure;
            case null, default -> new IllegalStateException(cause);
        };
    }
}
