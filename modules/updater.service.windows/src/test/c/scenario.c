/*
 * Runs a scenario, read from standard input, against the service control manager of the host, and prints what each line
 * came to. The same program is the services: `scenario.exe service SCRIPT`. ScenarioTests knows the same language.
 *
 *   install NAME SCRIPT [DEPENDENCY]   a service that behaves as its script says
 *   open NAME RIGHT...                 query, enumerate, start, stop, configuration, change; replaces an earlier handle
 *   another NAME RIGHT...              one more handle, left open
 *   close NAME                         closes the handle that open got
 *   delete NAME | start NAME | stop NAME | status NAME | dependents NAME
 *   await NAME STATE                   waits for a state
 *   crash NAME                         ends its process
 *   configuration NAME | description NAME | delayed NAME | actions NAME | flag NAME
 *   set-start NAME auto|demand|disabled
 *   set-command NAME TEXT | set-display NAME TEXT | set-description NAME [TEXT]
 *   set-delayed NAME yes|no | set-flag NAME yes|no
 *   set-actions NAME RESET-SECONDS [DELAY-MS...]
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX L"updater-scenario-"
#define MOST_ARGUMENTS 12

static const char *states[] = {"?", "STOPPED", "START_PENDING", "STOP_PENDING", "RUNNING",
                               "CONTINUE_PENDING", "PAUSE_PENDING", "PAUSED"};

/* ---- The services. ---- */

static char script[32];
static SERVICE_STATUS_HANDLE status_handle;
static HANDLE stop_asked;

static void report(DWORD state, DWORD check_point, DWORD wait_hint)
{
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, 0, 0, 0, check_point, wait_hint};
    if (state == SERVICE_RUNNING && strcmp(script, "refuses"))
        status.dwControlsAccepted = SERVICE_ACCEPT_STOP;
    SetServiceStatus(status_handle, &status);
}

static void pending(DWORD state)
{
    for (DWORD point = 1; point <= 4; point++) {
        report(state, point, 1000);
        Sleep(500);
    }
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context)
{
    if (code == SERVICE_CONTROL_STOP) {
        if (!strcmp(script, "slow-stop"))
            report(SERVICE_STOP_PENDING, 1, 1000);
        SetEvent(stop_asked);
    }
    return NO_ERROR;
}

static void WINAPI service_main(DWORD argc, WCHAR **argv)
{
    stop_asked = CreateEventW(NULL, TRUE, FALSE, NULL);
    status_handle = RegisterServiceCtrlHandlerExW(L"", control, NULL);
    if (!strcmp(script, "slow-start"))
        pending(SERVICE_START_PENDING);
    report(SERVICE_RUNNING, 0, 0);
    if (!strcmp(script, "dies")) {
        Sleep(200);
        ExitProcess(3);
    }
    WaitForSingleObject(stop_asked, INFINITE);
    if (!strcmp(script, "slow-stop"))
        pending(SERVICE_STOP_PENDING);
    report(SERVICE_STOPPED, 0, 0);
}

static int serve(const char *name)
{
    SERVICE_TABLE_ENTRYW table[] = {{L"", service_main}, {NULL, NULL}};
    strncpy(script, name, sizeof script - 1);
    if (!strcmp(script, "mute"))
        Sleep(60000);
    return !StartServiceCtrlDispatcherW(table);
}

/* ---- The scenario. ---- */

static SC_HANDLE manager;
static WCHAR self[MAX_PATH];

static struct known {
    char name[32];
    SC_HANDLE handle;
} known[16];

static struct known *find(const char *name)
{
    int i = 0;
    while (known[i].name[0] && strcmp(known[i].name, name))
        i++;
    strncpy(known[i].name, name, sizeof known[i].name - 1);
    return &known[i];
}

static const WCHAR *wide(const char *text)
{
    static WCHAR buffers[4][1024];
    static int next;
    WCHAR *buffer = buffers[next++ % 4];
    MultiByteToWideChar(CP_UTF8, 0, text, -1, buffer, 1024);
    return buffer;
}

static const WCHAR *full(const char *name)
{
    static WCHAR buffers[2][256];
    static int next;
    WCHAR *buffer = buffers[next++ % 2];
    wcscpy(buffer, PREFIX);
    wcscat(buffer, wide(name));
    return buffer;
}

static void print_wide(const WCHAR *text)
{
    char utf8[2048];
    WideCharToMultiByte(CP_UTF8, 0, text ? text : L"", -1, utf8, sizeof utf8, NULL, NULL);
    fputs(utf8, stdout);
}

/* A name of a service, without what makes it unique on the host. */
static void print_name(const WCHAR *name)
{
    print_wide(wcsncmp(name, PREFIX, wcslen(PREFIX)) ? name : name + wcslen(PREFIX));
}

static DWORD rights(char **argument)
{
    DWORD access = 0;
    for (; *argument; argument++) {
        const char *a = *argument;
        access |= !strcmp(a, "query")           ? SERVICE_QUERY_STATUS
                  : !strcmp(a, "enumerate")     ? SERVICE_ENUMERATE_DEPENDENTS
                  : !strcmp(a, "start")         ? SERVICE_START
                  : !strcmp(a, "stop")          ? SERVICE_STOP
                  : !strcmp(a, "configuration") ? SERVICE_QUERY_CONFIG
                  : !strcmp(a, "change")        ? SERVICE_CHANGE_CONFIG
                                                : DELETE;
    }
    return access;
}

static BOOL install(char **a)
{
    WCHAR command[MAX_PATH + 64], dependencies[128] = L"";
    if (!strcmp(a[2], "missing"))
        wcscpy(command, L"\"C:\\no such\\program.exe\"");
    else
        swprintf(command, MAX_PATH + 64, L"\"%ls\" service %ls", self, wide(a[2]));
    if (a[3]) {
        wcscpy(dependencies, full(a[3]));
        dependencies[wcslen(dependencies) + 1] = 0;
    }
    SC_HANDLE service = CreateServiceW(manager, full(a[1]), wide(a[1]), SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                       SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, command, NULL, NULL,
                                       a[3] ? dependencies : NULL, NULL, NULL);
    DWORD error = GetLastError();
    if (service)
        CloseServiceHandle(service);
    SetLastError(error);
    return service != NULL;
}

static BOOL query_status(SC_HANDLE service, SERVICE_STATUS_PROCESS *status)
{
    DWORD needed;
    return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof *status, &needed);
}

static BOOL await(SC_HANDLE service, const char *state)
{
    SERVICE_STATUS_PROCESS status;
    for (int i = 0; i < 160; i++) {
        if (!query_status(service, &status))
            return FALSE;
        if (!strcmp(states[status.dwCurrentState], state))
            return TRUE;
        Sleep(50);
    }
    printf(" (still %s)", states[status.dwCurrentState]);
    return TRUE;
}

static BOOL crash(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    if (!query_status(service, &status))
        return FALSE;
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, status.dwProcessId);
    TerminateProcess(process, 3);
    WaitForSingleObject(process, 10000);
    CloseHandle(process);
    return TRUE;
}

static char buffer[8192];

static BOOL show_status(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    if (!query_status(service, &status))
        return FALSE;
    printf(" %s exit %lu %s, %s, stop %s", states[status.dwCurrentState], status.dwWin32ExitCode,
           status.dwProcessId ? "with a process" : "without a process",
           status.dwCheckPoint ? "with a checkpoint" : "without a checkpoint",
           status.dwControlsAccepted & SERVICE_ACCEPT_STOP ? "accepted" : "not accepted");
    return TRUE;
}

static BOOL show_configuration(SC_HANDLE service)
{
    QUERY_SERVICE_CONFIGW *config = (QUERY_SERVICE_CONFIGW *)buffer;
    DWORD needed;
    if (!QueryServiceConfigW(service, config, sizeof buffer, &needed))
        return FALSE;
    printf(" type %lu start %lu error %lu command ", config->dwServiceType, config->dwStartType, config->dwErrorControl);
    print_wide(wcsstr(config->lpBinaryPathName, L"scenario.exe") ? L"…" : config->lpBinaryPathName);
    fputs(" group ", stdout);
    print_wide(config->lpLoadOrderGroup);
    printf(" tag %lu account ", config->dwTagId);
    print_wide(config->lpServiceStartName);
    fputs(" display ", stdout);
    print_wide(config->lpDisplayName);
    fputs(" dependencies", stdout);
    for (WCHAR *name = config->lpDependencies; name && *name; name += wcslen(name) + 1) {
        putchar(' ');
        print_name(name);
    }
    return TRUE;
}

static BOOL query_more(SC_HANDLE service, DWORD level)
{
    DWORD needed;
    memset(buffer, 0, sizeof buffer);
    return QueryServiceConfig2W(service, level, (BYTE *)buffer, sizeof buffer, &needed);
}

static BOOL show_description(SC_HANDLE service)
{
    if (!query_more(service, SERVICE_CONFIG_DESCRIPTION))
        return FALSE;
    putchar(' ');
    print_wide(((SERVICE_DESCRIPTIONW *)buffer)->lpDescription);
    return TRUE;
}

static BOOL show_flag(SC_HANDLE service, DWORD level)
{
    if (!query_more(service, level))
        return FALSE;
    printf(" %s", *(BOOL *)buffer ? "yes" : "no");
    return TRUE;
}

static BOOL show_actions(SC_HANDLE service)
{
    SERVICE_FAILURE_ACTIONSW *actions = (SERVICE_FAILURE_ACTIONSW *)buffer;
    if (!query_more(service, SERVICE_CONFIG_FAILURE_ACTIONS))
        return FALSE;
    printf(" reset %lu", actions->dwResetPeriod);
    for (DWORD i = 0; i < actions->cActions; i++)
        printf(", %d after %lu ms", actions->lpsaActions[i].Type, actions->lpsaActions[i].Delay);
    return TRUE;
}

static BOOL show_dependents(SC_HANDLE service)
{
    ENUM_SERVICE_STATUSW *dependent = (ENUM_SERVICE_STATUSW *)buffer;
    DWORD needed, count;
    if (!EnumDependentServicesW(service, SERVICE_ACTIVE, dependent, sizeof buffer, &needed, &count))
        return FALSE;
    for (DWORD i = 0; i < count; i++) {
        putchar(' ');
        print_name(dependent[i].lpServiceName);
    }
    return TRUE;
}

static BOOL set_start(SC_HANDLE service, const char *word)
{
    DWORD start = !strcmp(word, "auto") ? SERVICE_AUTO_START : !strcmp(word, "demand") ? SERVICE_DEMAND_START
                                                                                       : SERVICE_DISABLED;
    return ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                                NULL);
}

static BOOL set_texts(SC_HANDLE service, const WCHAR *command, const WCHAR *display)
{
    return ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, command, NULL, NULL,
                                NULL, NULL, NULL, display);
}

static BOOL set_actions(SC_HANDLE service, char **a)
{
    SC_ACTION action[MOST_ARGUMENTS];
    SERVICE_FAILURE_ACTIONSW actions = {strtoul(a[2], NULL, 10), (WCHAR *)L"", (WCHAR *)L"", 0, action};
    for (char **delay = a + 3; *delay; delay++) {
        action[actions.cActions].Type = SC_ACTION_RESTART;
        action[actions.cActions++].Delay = strtoul(*delay, NULL, 10);
    }
    return ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &actions);
}

static BOOL run(char **a, const char *rest)
{
    struct known *service = find(a[1]);
    BOOL yes = a[2] && !strcmp(a[2], "yes");
    SERVICE_DESCRIPTIONW description = {(WCHAR *)wide(rest)};
    SERVICE_STATUS ignored;
#define IS(verb) (!strcmp(a[0], verb))
    if (IS("install"))
        return install(a);
    if (IS("open"))
        return (service->handle = OpenServiceW(manager, full(a[1]), rights(a + 2))) != NULL;
    if (IS("another"))
        return OpenServiceW(manager, full(a[1]), rights(a + 2)) != NULL;
    if (IS("close"))
        return CloseServiceHandle(service->handle);
    if (IS("delete"))
        return DeleteService(service->handle);
    if (IS("start"))
        return StartServiceW(service->handle, 0, NULL);
    if (IS("stop"))
        return ControlService(service->handle, SERVICE_CONTROL_STOP, &ignored);
    if (IS("status"))
        return show_status(service->handle);
    if (IS("dependents"))
        return show_dependents(service->handle);
    if (IS("await"))
        return await(service->handle, a[2]);
    if (IS("crash"))
        return crash(service->handle);
    if (IS("configuration"))
        return show_configuration(service->handle);
    if (IS("description"))
        return show_description(service->handle);
    if (IS("delayed"))
        return show_flag(service->handle, SERVICE_CONFIG_DELAYED_AUTO_START_INFO);
    if (IS("actions"))
        return show_actions(service->handle);
    if (IS("flag"))
        return show_flag(service->handle, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG);
    if (IS("set-start"))
        return set_start(service->handle, a[2]);
    if (IS("set-command"))
        return set_texts(service->handle, wide(rest), NULL);
    if (IS("set-display"))
        return set_texts(service->handle, NULL, wide(rest));
    if (IS("set-description"))
        return ChangeServiceConfig2W(service->handle, SERVICE_CONFIG_DESCRIPTION, &description);
    if (IS("set-delayed"))
        return ChangeServiceConfig2W(service->handle, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &yes);
    if (IS("set-flag"))
        return ChangeServiceConfig2W(service->handle, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &yes);
    if (IS("set-actions"))
        return set_actions(service->handle, a);
    SetLastError(ERROR_INVALID_FUNCTION);
    return FALSE;
}

/* What an earlier run left is not part of any scenario. */
static void clean_up(void)
{
    static const char *names[] = {"three", "two", "one"};
    for (int i = 0; i < 3; i++) {
        SERVICE_STATUS ignored;
        SC_HANDLE service = OpenServiceW(manager, full(names[i]), SERVICE_ALL_ACCESS);
        if (service) {
            if (ControlService(service, SERVICE_CONTROL_STOP, &ignored))
                await(service, "STOPPED");
            crash(service);
            DeleteService(service);
            CloseServiceHandle(service);
        }
    }
}

int main(int argc, char **argv)
{
    char line[1024];
    if (argc == 3 && !strcmp(argv[1], "service"))
        return serve(argv[2]);
    GetModuleFileNameW(NULL, self, MAX_PATH);
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    clean_up();
    while (fgets(line, sizeof line, stdin)) {
        char words[1024], *a[MOST_ARGUMENTS] = {0};
        int count = 0;
        line[strcspn(line, "\r\n")] = 0;
        if (!line[0] || line[0] == '#')
            continue;
        strcpy(words, line);
        for (char *word = strtok(words, " "); word && count < MOST_ARGUMENTS - 1; word = strtok(NULL, " "))
            a[count++] = word;
        const char *rest = strchr(line, ' ') + 1;
        rest = strchr(rest, ' ') ? strchr(rest, ' ') + 1 : "";
        printf("%s:", line);
        SetLastError(0);
        if (run(a, rest))
            puts(" ok");
        else
            printf(" error %lu\n", GetLastError());
        fflush(stdout);
    }
    clean_up();
    return 0;
}
