package updater.service.windows;

import java.util.Optional;
import java.util.stream.Stream;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/**
 * An error code of the service control manager, with what it means and what an operator can do.
 *
 * @see <a href="https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-">System error codes</a>
 */
enum ErrorCode {
    FILE_NOT_FOUND(2, "its executable, or a registry key of it, does not exist", "Look at its path with 'sc qc %s'"),
    ACCESS_DENIED(
            5, "access was denied", "Run the updater as LocalSystem or as an administrator, in an elevated prompt"),
    NO_ANSWER(
            258,
            "the service control manager did not answer",
            "See whether 'sc query %s' answers; if it does not, another service hangs while it starts or stops: reboot"),
    DEPENDENT_SERVICES_RUNNING(
            1051, "services that depend on it are running", "Stop them first: 'sc enumdepend %s' lists them"),
    INVALID_SERVICE_CONTROL(
            1052,
            "it does not accept that now: it is starting or stopping, or refuses to be stopped",
            "Wait until 'sc query %s' shows RUNNING or STOPPED, then try again"),
    SERVICE_REQUEST_TIMEOUT(
            1053,
            "its process did not answer the service control manager in time",
            "See the System event log, events 7000, 7009 and 7011, and start the executable by hand to see why"),
    SERVICE_DATABASE_LOCKED(
            1055, "the service database is locked", "Another installer is at work; try again when it is done"),
    SERVICE_ALREADY_RUNNING(1056, "it runs already, or has not ended yet", "See 'sc queryex %s'"),
    INVALID_SERVICE_ACCOUNT(
            1057,
            "its account does not exist, or its password is wrong",
            "Set it with 'sc config %s obj= … password= …'"),
    SERVICE_DISABLED(1058, "it is disabled", "Enable it with 'sc config %s start= demand', or start= auto"),
    SERVICE_DOES_NOT_EXIST(
            1060, "it is not installed", "Install the agent with its own installer first; an update does not do that"),
    CANNOT_ACCEPT_CONTROL(
            1061,
            "it cannot accept controls now: it is starting or stopping",
            "Wait until 'sc query %s' shows RUNNING or STOPPED; if it never does, end the process that 'sc queryex %s'"
                    + " names with 'taskkill /F /PID …'"),
    SERVICE_NOT_ACTIVE(1062, "it is not running", "Start it with 'sc start %s'"),
    PROCESS_ABORTED(1067, "its process ended unexpectedly", "Look into the agent's log and the Application event log"),
    SERVICE_DEPENDENCY_FAIL(
            1068, "a service it depends on could not be started", "Start that one first: 'sc qc %s' names it"),
    SERVICE_LOGON_FAILED(
            1069, "its account could not log on", "Set its password again with 'sc config %s obj= … password= …'"),
    SERVICE_MARKED_FOR_DELETE(
            1072,
            "it is marked for deletion",
            "Close whatever has it open (services.msc, Task Manager, monitoring), or reboot; then install the agent again"),
    SERVICE_NEVER_STARTED(1077, "it has not been started since the last boot", "Start it with 'sc start %s'"),
    SHUTDOWN_IN_PROGRESS(1115, "the host is shutting down", "Nothing: the update is finished or undone after the boot");

    private final int code;
    private final String meaning;
    private final String advice;

    ErrorCode(int code, String meaning, String advice) {
        this.code = code;
        this.meaning = meaning;
        this.advice = advice;
    }

    int code() {
        return code;
    }

    boolean of(Win32Failure failure) {
        return failure.code() == code;
    }

    /** Returns what a code means, for people; only its number when it is none of these. */
    static String meaning(int code) {
        return known(code)
                .map(known -> known.meaning + " (error " + code + ")")
                .orElseGet(() -> "error " + Integer.toUnsignedString(code));
    }

    private static String advice(int code, String service) {
        return known(code)
                .map(known -> known.advice.replace("%s", service))
                .orElseGet(() -> "'net helpmsg " + Integer.toUnsignedString(code) + "' explains the number");
    }

    private static Optional<ErrorCode> known(int code) {
        return Stream.of(values()).filter(known -> known.code == code).findFirst();
    }

    /**
     * Returns the failure to be shown.
     *
     * @param tried what could not be done to the service, as a verb: {@code stop}
     */
    static UpdateFailure.Service failure(String tried, String service, Win32Failure cause) {
        return new UpdateFailure.Service(
                "could not " + tried + " the service " + service + ": " + meaning(cause.code()) + " in "
                        + cause.function(),
                advice(cause.code(), service),
                cause);
    }

    /** Returns the refusal to be shown, for what is found before anything was changed. */
    static UpdateFailure.Refused refusal(String tried, String service, Win32Failure cause) {
        UpdateFailure.Service failure = failure(tried, service, cause);
        return new UpdateFailure.Refused(
                RefusalCode.SERVICE_MANAGER_FAILED, String.valueOf(failure.getMessage()), failure.advice(), cause);
    }
}
