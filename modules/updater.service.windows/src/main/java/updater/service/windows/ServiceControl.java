package updater.service.windows;

import java.util.List;
import java.util.Optional;

/**
 * The service control functions of {@code advapi32.dll}: each method is one of them, and does nothing else. So a test
 * can make any single one fail, and the same calls can be made from C.
 *
 * <p>Numbers are those of {@code winsvc.h}.
 */
interface ServiceControl {
    int MANAGER_CONNECT = 0x0001;

    int QUERY_CONFIG = 0x0001;
    int CHANGE_CONFIG = 0x0002;
    int QUERY_STATUS = 0x0004;
    int ENUMERATE_DEPENDENTS = 0x0008;
    int START = 0x0010;
    int STOP = 0x0020;

    /** The one control this updater sends. */
    int CONTROL_STOP = 1;

    /** A process that holds this service and no other. */
    int TYPE_OWN_PROCESS = 0x10;

    /** An open service, or the open service control manager. */
    interface Handle {}

    /** {@code OpenSCManagerW}, on this host. */
    Handle openManager(int access) throws Win32Failure;

    /** {@code OpenServiceW}. */
    Handle openService(Handle manager, String name, int access) throws Win32Failure;

    /** {@code CloseServiceHandle}. */
    void close(Handle handle);

    /** {@code QueryServiceStatusEx}. Needs {@link #QUERY_STATUS}. */
    Status queryStatus(Handle service) throws Win32Failure;

    /** {@code ControlService}. A stop needs {@link #STOP}. */
    void control(Handle service, int control) throws Win32Failure;

    /**
     * {@code StartServiceW}. Needs {@link #START}. Returns once the process has connected to the service control
     * manager, which gives it 30 s for that by default ({@code ServicesPipeTimeout}).
     */
    void start(Handle service) throws Win32Failure;

    /** {@code EnumDependentServicesW}, active ones only, in the order in which to stop them. Needs {@link #ENUMERATE_DEPENDENTS}. */
    List<String> activeDependents(Handle service) throws Win32Failure;

    /** {@code QueryServiceConfigW}. Needs {@link #QUERY_CONFIG}. */
    Config queryConfig(Handle service) throws Win32Failure;

    /** {@code ChangeServiceConfigW}; what is empty stays as it is. Needs {@link #CHANGE_CONFIG}. */
    void changeConfig(Handle service, ConfigChange change) throws Win32Failure;

    /** {@code QueryServiceConfig2W} with {@code SERVICE_CONFIG_DESCRIPTION}. */
    String queryDescription(Handle service) throws Win32Failure;

    /** {@code ChangeServiceConfig2W} with {@code SERVICE_CONFIG_DESCRIPTION}; an empty one is deleted. */
    void changeDescription(Handle service, String description) throws Win32Failure;

    /** {@code QueryServiceConfig2W} with {@code SERVICE_CONFIG_DELAYED_AUTO_START_INFO}. */
    boolean queryDelayedAutoStart(Handle service) throws Win32Failure;

    /** {@code ChangeServiceConfig2W} with {@code SERVICE_CONFIG_DELAYED_AUTO_START_INFO}; true only for an automatic start. */
    void changeDelayedAutoStart(Handle service, boolean delayed) throws Win32Failure;

    /** {@code QueryServiceConfig2W} with {@code SERVICE_CONFIG_FAILURE_ACTIONS}. */
    FailureActions queryFailureActions(Handle service) throws Win32Failure;

    /**
     * {@code ChangeServiceConfig2W} with {@code SERVICE_CONFIG_FAILURE_ACTIONS}. A restart among the actions needs {@link
     * #START} too.
     */
    void changeFailureActions(Handle service, FailureActions actions) throws Win32Failure;

    /** {@code QueryServiceConfig2W} with {@code SERVICE_CONFIG_FAILURE_ACTIONS_FLAG}. */
    boolean queryFailureActionsFlag(Handle service) throws Win32Failure;

    /** {@code ChangeServiceConfig2W} with {@code SERVICE_CONFIG_FAILURE_ACTIONS_FLAG}. */
    void changeFailureActionsFlag(Handle service, boolean onErrorExits) throws Win32Failure;

    /** {@code RegQueryValueExW} of a string below {@code HKEY_LOCAL_MACHINE}, 64-bit view; empty when there is none. */
    Optional<String> registryString(String key, String value) throws Win32Failure;

    /**
     * {@code SERVICE_STATUS_PROCESS}.
     *
     * @param controls what it accepts, a set of bits
     * @param win32Exit why it stopped: 0 by itself and well, 1066 see {@code serviceExit}, 1067 its process died
     * @param serviceExit the service's own exit code
     * @param checkPoint raised by the service while it is starting or stopping and getting on with it
     * @param waitHint milliseconds until the service will have raised {@code checkPoint}, or be done
     * @param processId 0 when it has none
     */
    record Status(
            int type,
            RunState state,
            int controls,
            int win32Exit,
            int serviceExit,
            int checkPoint,
            int waitHint,
            long processId) {}

    /** {@code dwCurrentState}. */
    enum RunState {
        STOPPED,
        START_PENDING,
        STOP_PENDING,
        RUNNING,
        CONTINUE_PENDING,
        PAUSE_PENDING,
        PAUSED;

        /** Returns the state of {@code winsvc.h}'s number, which begin at 1. */
        static RunState of(int number) {
            return values()[number - 1];
        }
    }

    /**
     * {@code QUERY_SERVICE_CONFIGW}.
     *
     * @param startType 0 boot, 1 system, 2 auto, 3 demand, 4 disabled
     * @param tag place in the load-order group, for drivers; 0 for none
     * @param account empty for what has none
     */
    record Config(
            int type,
            int startType,
            int errorControl,
            String binaryPath,
            String group,
            int tag,
            List<String> dependencies,
            String account,
            String displayName) {
        public Config {
            dependencies = List.copyOf(dependencies);
        }
    }

    /** The changes that {@code ChangeServiceConfigW} is to make. A tag cannot be chosen, the manager gives it. */
    record ConfigChange(
            Optional<Integer> type,
            Optional<Integer> startType,
            Optional<Integer> errorControl,
            Optional<String> binaryPath,
            Optional<String> group,
            Optional<List<String>> dependencies,
            Optional<String> account,
            Optional<String> displayName) {}

    /**
     * {@code SERVICE_FAILURE_ACTIONSW}.
     *
     * @param resetSeconds after so long without a failure the count starts again; -1 for never
     * @param rebootMessage what is broadcast before an action that reboots
     * @param command what an action that runs a command runs
     */
    record FailureActions(int resetSeconds, String rebootMessage, String command, List<Action> actions) {
        public FailureActions {
            actions = List.copyOf(actions);
        }
    }

    /**
     * {@code SC_ACTION}.
     *
     * @param type 0 none, 1 restart, 2 reboot, 3 run a command
     * @param delayMillis how long after the failure
     */
    record Action(int type, int delayMillis) {}
}
