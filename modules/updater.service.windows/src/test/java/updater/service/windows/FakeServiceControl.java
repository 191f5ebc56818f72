package updater.service.windows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import updater.api.conformance.ManualTicker;
import updater.processes.Processes;

/**
 * A service control manager with scripted services, that lives by a clock, checks rights, and counts open handles. What it
 * answers is what the documentation of the functions says; the scenarios compare it with Wine's.
 */
final class FakeServiceControl implements ServiceControl {
    final ManualTicker clock;
    final Map<String, String> registry = new HashMap<>();

    /** Every call, in order: {@code OpenService agent 0x4}. */
    final List<String> calls = new ArrayList<>();

    private final Map<String, FakeService> services = new LinkedHashMap<>();
    private final Map<String, Deque<Integer>> failures = new HashMap<>();
    private final List<Opened> open = new ArrayList<>();
    private long lastPid = 1000;
    private int changesUntilFailure = -1;
    private volatile Optional<CountDownLatch> hung = Optional.empty();

    FakeServiceControl(ManualTicker clock) {
        this.clock = clock;
    }

    private static final class Opened implements Handle {
        final Optional<FakeService> service;
        final int access;

        Opened(Optional<FakeService> service, int access) {
            this.service = service;
            this.access = access;
        }
    }

    FakeService install(String name, String binaryPath, String... dependencies) {
        FakeService service = new FakeService(
                this,
                name,
                new Config(0x10, 2, 1, binaryPath, "", 0, List.of(dependencies), "LocalSystem", "Display of " + name));
        services.put(key(name), service);
        return service;
    }

    void uninstall(String name) {
        services.remove(key(name));
    }

    FakeService service(String name) throws Win32Failure {
        FakeService service = services.get(key(name));
        if (service == null) {
            throw new Win32Failure("OpenService", ErrorCode.SERVICE_DOES_NOT_EXIST.code());
        }
        return service;
    }

    Collection<FakeService> services() {
        return services.values();
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    long nextPid() {
        return ++lastPid;
    }

    int openHandles() {
        return open.size();
    }

    /** The next call of that function fails; several are told one after the other. */
    FakeServiceControl fail(String function, ErrorCode code) {
        failures.computeIfAbsent(function, key -> new ArrayDeque<>()).add(code.code());
        return this;
    }

    /** Returns the processes of its services. */
    Processes processes() {
        return new FakeProcesses(services.values());
    }

    /** Lets so many changes of a configuration through and fails the next one; -1 for none. */
    void failChangeAfter(int through) {
        changesUntilFailure = through;
    }

    /** From now on no call returns, until {@link #answer}. */
    void hang() {
        hung = Optional.of(new CountDownLatch(1));
    }

    void answer() {
        hung.ifPresent(CountDownLatch::countDown);
    }

    boolean hung() {
        return hung.isPresent();
    }

    private void called(String call) throws Win32Failure {
        if (hung.isPresent()) {
            try {
                hung.get().await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        calls.add(call);
        int space = call.indexOf(' ');
        String function = space < 0 ? call : call.substring(0, space);
        Integer code = failures.getOrDefault(function, new ArrayDeque<>()).poll();
        if (code != null) {
            throw new Win32Failure(function, code);
        }
    }

    private FakeService use(Handle handle, int right, String function) throws Win32Failure {
        Opened opened = (Opened) handle;
        FakeService service = opened.service.orElseThrow();
        called(function + " " + service.name);
        if (!open.contains(opened)) {
            throw new Win32Failure(function, 6);
        }
        if ((opened.access & right) != right) {
            throw new Win32Failure(function, ErrorCode.ACCESS_DENIED.code());
        }
        return service;
    }

    private FakeService change(Handle handle, String function) throws Win32Failure {
        FakeService service = use(handle, CHANGE_CONFIG, function);
        if (changesUntilFailure >= 0 && changesUntilFailure-- == 0) {
            throw new Win32Failure(function, ErrorCode.SERVICE_DATABASE_LOCKED.code());
        }
        if (service.markedForDelete) {
            throw new Win32Failure(function, ErrorCode.SERVICE_MARKED_FOR_DELETE.code());
        }
        return service;
    }

    @Override
    public Handle openManager(int access) throws Win32Failure {
        called("OpenSCManager 0x" + Integer.toHexString(access));
        return opened(Optional.empty(), access);
    }

    @Override
    public Handle openService(Handle manager, String name, int access) throws Win32Failure {
        called("OpenService " + name + " 0x" + Integer.toHexString(access));
        return opened(Optional.of(service(name)), access);
    }

    private Handle opened(Optional<FakeService> service, int access) {
        Opened opened = new Opened(service, access);
        open.add(opened);
        return opened;
    }

    @Override
    public void close(Handle handle) {
        if (!open.remove((Opened) handle)) {
            throw new IllegalStateException("closed twice");
        }
    }

    @Override
    public Status queryStatus(Handle service) throws Win32Failure {
        return use(service, QUERY_STATUS, "QueryServiceStatusEx").status();
    }

    @Override
    public void control(Handle service, int control) throws Win32Failure {
        use(service, STOP, "ControlService").stop();
    }

    @Override
    public void start(Handle service) throws Win32Failure {
        use(service, START, "StartService").start();
    }

    @Override
    public List<String> activeDependents(Handle service) throws Win32Failure {
        return use(service, ENUMERATE_DEPENDENTS, "EnumDependentServices").activeDependents();
    }

    @Override
    public Config queryConfig(Handle service) throws Win32Failure {
        return use(service, QUERY_CONFIG, "QueryServiceConfig").config;
    }

    @Override
    public void changeConfig(Handle handle, ConfigChange change) throws Win32Failure {
        FakeService service = change(handle, "ChangeServiceConfig");
        Config old = service.config;
        service.config = new Config(
                change.type().orElse(old.type()),
                change.startType().orElse(old.startType()),
                change.errorControl().orElse(old.errorControl()),
                change.binaryPath().orElse(old.binaryPath()),
                change.group().orElse(old.group()),
                old.tag(),
                change.dependencies().orElse(old.dependencies()),
                change.account().orElse(old.account()),
                change.displayName().orElse(old.displayName()));
    }

    @Override
    public String queryDescription(Handle service) throws Win32Failure {
        return use(service, QUERY_CONFIG, "QueryServiceConfig2").description;
    }

    @Override
    public void changeDescription(Handle service, String description) throws Win32Failure {
        change(service, "ChangeServiceConfig2").description = description;
    }

    @Override
    public boolean queryDelayedAutoStart(Handle service) throws Win32Failure {
        return use(service, QUERY_CONFIG, "QueryServiceConfig2").delayed;
    }

    @Override
    public void changeDelayedAutoStart(Handle handle, boolean delayed) throws Win32Failure {
        FakeService service = change(handle, "ChangeServiceConfig2");
        if (delayed && service.config.startType() != StartMode.AUTO.number()) {
            throw new Win32Failure("ChangeServiceConfig2", 87);
        }
        service.delayed = delayed;
    }

    @Override
    public FailureActions queryFailureActions(Handle service) throws Win32Failure {
        return use(service, QUERY_CONFIG, "QueryServiceConfig2").failureActions;
    }

    @Override
    public void changeFailureActions(Handle handle, FailureActions actions) throws Win32Failure {
        FakeService service = change(handle, "ChangeServiceConfig2");
        if (actions.actions().stream().anyMatch(action -> action.type() == 1)) {
            use(handle, START, "ChangeServiceConfig2");
        }
        service.failureActions = actions;
    }

    @Override
    public boolean queryFailureActionsFlag(Handle service) throws Win32Failure {
        return use(service, QUERY_CONFIG, "QueryServiceConfig2").actionsOnError;
    }

    @Override
    public void changeFailureActionsFlag(Handle service, boolean onErrorExits) throws Win32Failure {
        change(service, "ChangeServiceConfig2").actionsOnError = onErrorExits;
    }

    @Override
    public Optional<String> registryString(String key, String value) throws Win32Failure {
        called("RegQueryValueEx " + key);
        return Optional.ofNullable(registry.get(key + "\\" + value));
    }
}
