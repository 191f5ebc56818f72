package updater.service.windows;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/** Commands of which some are calls of the service control manager, so that whatever makes a command fail makes those fail. */
final class CalledCommands implements Commands {
    private static final int FAILED = 31;

    private final Commands programs;
    private Optional<Call> pending = Optional.empty();

    CalledCommands(Commands programs) {
        this.programs = programs;
    }

    /** A call that is made when its command is run. */
    private static final class Call {
        private final ServiceControl control;
        private final Method method;
        private final @Nullable Object @Nullable [] arguments;
        private @Nullable Object returned;
        private Optional<Throwable> thrown = Optional.empty();

        Call(ServiceControl control, Method method, @Nullable Object @Nullable [] arguments) {
            this.control = control;
            this.method = method;
            this.arguments = arguments;
        }

        void make() {
            try {
                returned = method.invoke(control, arguments);
            } catch (InvocationTargetException e) {
                thrown = Optional.of(e.getCause());
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Returns a service control whose calls are commands of these, {@code disturbed} ones that end here. */
    ServiceControl around(ServiceControl control, Commands disturbed) {
        return (ServiceControl) Proxy.newProxyInstance(
                ServiceControl.class.getClassLoader(),
                new Class<?>[] {ServiceControl.class},
                (proxy, method, arguments) -> {
                    Call call = new Call(control, method, arguments);
                    String function = BoundedServiceControl.FUNCTIONS.get(method.getName());
                    if (function == null) {
                        call.make();
                    } else {
                        run(disturbed, function, call);
                    }
                    if (call.thrown.isPresent()) {
                        throw call.thrown.get();
                    }
                    return call.returned;
                });
    }

    /** As {@link BoundedServiceControl} has it: a handle that cannot be closed goes with the process. */
    private void run(Commands disturbed, String function, Call call) throws Win32Failure {
        pending = Optional.of(call);
        boolean closes = function.equals("CloseServiceHandle");
        try {
            Result result = disturbed.run(List.of(function), BoundedServiceControl.BOUND);
            if (!result.succeeded() && !closes) {
                throw new Win32Failure(function, FAILED);
            }
        } catch (UpdateFailure.Service e) {
            if (!closes) {
                throw new Win32Failure(function, ErrorCode.NO_ANSWER.code());
            }
        }
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return programs.find(candidates);
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        if (!BoundedServiceControl.FUNCTIONS.containsValue(argv.getFirst())) {
            return programs.run(argv, bound);
        }
        pending.orElseThrow().make();
        return new Result(0, "", "");
    }

    @Override
    public long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service {
        return programs.startDetached(argv, directory, environment, output);
    }
}
