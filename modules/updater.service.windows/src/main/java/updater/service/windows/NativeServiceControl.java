package updater.service.windows;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.WString;
import com.sun.jna.platform.win32.Advapi32;
import com.sun.jna.platform.win32.Advapi32Util;
import com.sun.jna.platform.win32.Win32Exception;
import com.sun.jna.platform.win32.WinNT;
import com.sun.jna.platform.win32.WinReg;
import com.sun.jna.platform.win32.Winsvc.SC_HANDLE;
import com.sun.jna.platform.win32.Winsvc.SC_STATUS_TYPE;
import com.sun.jna.platform.win32.Winsvc.SERVICE_STATUS;
import com.sun.jna.platform.win32.Winsvc.SERVICE_STATUS_PROCESS;
import com.sun.jna.ptr.IntByReference;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import updater.service.windows.ServiceMemory.Encoded;

/** The service control functions of {@code advapi32.dll}, called with JNA. */
record NativeServiceControl(Advapi32 advapi, ServiceConfigFunctions config) implements ServiceControl {
    private static final int NO_CHANGE = -1;
    private static final int ACTIVE = 1;
    private static final int CONFIG_DESCRIPTION = 1;
    private static final int CONFIG_FAILURE_ACTIONS = 2;
    private static final int CONFIG_DELAYED_AUTO_START = 3;
    private static final int CONFIG_FAILURE_ACTIONS_FLAG = 4;

    /** {@code ERROR_INSUFFICIENT_BUFFER} and {@code ERROR_MORE_DATA}. */
    private static final Set<Integer> TOO_SMALL = Set.of(122, 234);

    /** As large as the documentation says any answer about a configuration can be. */
    private static final int CONFIG_BYTES = 8 << 10;

    private static final int FILE_NOT_FOUND = 2;

    /** Loads {@code advapi32.dll}; a {@link LinkageError} where there is none. */
    static ServiceControl ofHost() {
        return new NativeServiceControl(Advapi32.INSTANCE, ServiceConfigFunctions.load());
    }

    /** An {@code SC_HANDLE}. */
    private record Opened(SC_HANDLE handle) implements Handle {}

    private static SC_HANDLE raw(Handle handle) {
        return switch (handle) {
            case Opened(SC_HANDLE raw) -> raw;
            default -> throw new IllegalArgumentException("not one of ours: " + handle);
        };
    }

    private static void require(boolean success, String function) throws Win32Failure {
        if (!success) {
            throw new Win32Failure(function, Native.getLastError());
        }
    }

    private static Handle opened(@Nullable SC_HANDLE handle, String function) throws Win32Failure {
        if (handle == null) {
            throw new Win32Failure(function, Native.getLastError());
        }
        return new Opened(handle);
    }

    @Override
    @SuppressWarnings("NullAway") // this host, its active database
    public Handle openManager(int access) throws Win32Failure {
        return opened(advapi.OpenSCManager(null, null, access), "OpenSCManager");
    }

    @Override
    public Handle openService(Handle manager, String name, int access) throws Win32Failure {
        return opened(advapi.OpenService(raw(manager), name, access), "OpenService");
    }

    @Override
    public void close(Handle handle) {
        advapi.CloseServiceHandle(raw(handle));
    }

    @Override
    public Status queryStatus(Handle service) throws Win32Failure {
        SERVICE_STATUS_PROCESS status = new SERVICE_STATUS_PROCESS();
        require(
                advapi.QueryServiceStatusEx(
                        raw(service),
                        SC_STATUS_TYPE.SC_STATUS_PROCESS_INFO,
                        status,
                        status.size(),
                        new IntByReference()),
                "QueryServiceStatusEx");
        return new Status(
                status.dwServiceType,
                RunState.of(status.dwCurrentState),
                status.dwControlsAccepted,
                status.dwWin32ExitCode,
                status.dwServiceSpecificExitCode,
                status.dwCheckPoint,
                status.dwWaitHint,
                Integer.toUnsignedLong(status.dwProcessId));
    }

    @Override
    public void control(Handle service, int control) throws Win32Failure {
        require(advapi.ControlService(raw(service), control, new SERVICE_STATUS()), "ControlService");
    }

    @Override
    @SuppressWarnings("NullAway") // no arguments
    public void start(Handle service) throws Win32Failure {
        require(advapi.StartService(raw(service), 0, null), "StartService");
    }

    @Override
    public List<String> activeDependents(Handle service) throws Win32Failure {
        IntByReference count = new IntByReference();
        return answer(
                "EnumDependentServices",
                64 << 10,
                (memory, size, needed) ->
                        advapi.EnumDependentServices(raw(service), ACTIVE, memory, size, needed, count),
                memory -> ServiceMemory.dependentNames(memory, count.getValue()));
    }

    @Override
    public Config queryConfig(Handle service) throws Win32Failure {
        return answer(
                "QueryServiceConfig",
                CONFIG_BYTES,
                (memory, size, needed) -> config.QueryServiceConfigW(raw(service), memory, size, needed),
                ServiceMemory::config);
    }

    @Override
    public void changeConfig(Handle service, ConfigChange change) throws Win32Failure {
        // Any account this is called with has no password; an empty one says so.
        require(
                config.ChangeServiceConfigW(
                        raw(service),
                        change.type().orElse(NO_CHANGE),
                        change.startType().orElse(NO_CHANGE),
                        change.errorControl().orElse(NO_CHANGE),
                        wide(change.binaryPath()),
                        wide(change.group()),
                        null,
                        change.dependencies().map(ServiceMemory::encodeTexts).orElse(null),
                        wide(change.account()),
                        change.account().isPresent() ? new WString("") : null,
                        wide(change.displayName())),
                "ChangeServiceConfig");
    }

    private static @Nullable WString wide(Optional<String> text) {
        return text.map(WString::new).orElse(null);
    }

    @Override
    public String queryDescription(Handle service) throws Win32Failure {
        return more(service, CONFIG_DESCRIPTION, ServiceMemory::description);
    }

    @Override
    public void changeDescription(Handle service, String description) throws Win32Failure {
        changeMore(service, CONFIG_DESCRIPTION, ServiceMemory.encodeDescription(description));
    }

    @Override
    public boolean queryDelayedAutoStart(Handle service) throws Win32Failure {
        return more(service, CONFIG_DELAYED_AUTO_START, ServiceMemory::flag);
    }

    @Override
    public void changeDelayedAutoStart(Handle service, boolean delayed) throws Win32Failure {
        changeMore(service, CONFIG_DELAYED_AUTO_START, ServiceMemory.encodeFlag(delayed));
    }

    @Override
    public FailureActions queryFailureActions(Handle service) throws Win32Failure {
        return more(service, CONFIG_FAILURE_ACTIONS, ServiceMemory::failureActions);
    }

    @Override
    public void changeFailureActions(Handle service, FailureActions actions) throws Win32Failure {
        changeMore(service, CONFIG_FAILURE_ACTIONS, ServiceMemory.encode(actions));
    }

    @Override
    public boolean queryFailureActionsFlag(Handle service) throws Win32Failure {
        return more(service, CONFIG_FAILURE_ACTIONS_FLAG, ServiceMemory::flag);
    }

    @Override
    public void changeFailureActionsFlag(Handle service, boolean onErrorExits) throws Win32Failure {
        changeMore(service, CONFIG_FAILURE_ACTIONS_FLAG, ServiceMemory.encodeFlag(onErrorExits));
    }

    private <T> T more(Handle service, int level, Function<Memory, T> decode) throws Win32Failure {
        return answer(
                "QueryServiceConfig2",
                CONFIG_BYTES,
                (memory, size, needed) -> advapi.QueryServiceConfig2(raw(service), level, memory, size, needed),
                decode);
    }

    private void changeMore(Handle service, int level, Encoded info) throws Win32Failure {
        try {
            require(config.ChangeServiceConfig2W(raw(service), level, info.structure()), "ChangeServiceConfig2");
        } finally {
            // The structure points to its parts; they must not be freed before the call returns.
            Reference.reachabilityFence(info);
        }
    }

    /** A function that says how much memory its answer needs when it has too little. */
    @FunctionalInterface
    private interface Sized {
        boolean call(Memory memory, int size, IntByReference needed);
    }

    private static <T> T answer(String function, int size, Sized query, Function<Memory, T> decode)
            throws Win32Failure {
        IntByReference needed = new IntByReference();
        Memory memory = ServiceMemory.cleared(size);
        boolean success = query.call(memory, size, needed);
        if (!success && TOO_SMALL.contains(Native.getLastError())) {
            // Some functions name the size of the whole answer, EnumDependentServices that of what was left out.
            memory = ServiceMemory.cleared(size + needed.getValue());
            success = query.call(memory, (int) memory.size(), needed);
        }
        require(success, function);
        try {
            return decode.apply(memory);
        } finally {
            // The answer points into its own memory, which must not be freed while it is read.
            Reference.reachabilityFence(memory);
        }
    }

    @Override
    public Optional<String> registryString(String key, String value) throws Win32Failure {
        try {
            return Optional.of(
                    Advapi32Util.registryGetStringValue(WinReg.HKEY_LOCAL_MACHINE, key, value, WinNT.KEY_WOW64_64KEY));
        } catch (Win32Exception e) {
            if (e.getErrorCode() == FILE_NOT_FOUND) {
                return Optional.empty();
            }
            throw new Win32Failure("RegQueryValueEx", e.getErrorCode());
        }
    }
}
