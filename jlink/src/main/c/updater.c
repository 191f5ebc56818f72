/*
 * The updater's launcher for Windows, updater.exe: finds the runtime it belongs to and runs it in its own process.
 *
 * It keeps the contract of the launcher for POSIX (src/main/sh/updater), which says why: everything is found from the
 * place this file lies in, nothing is taken from the environment, and the process that an agent started, and may kill, is
 * the updater itself. So the virtual machine is loaded into this process; a child would outlive it.
 *
 * Libraries are loaded from the runtime and from System32 only: home, where this file lies, may be another user's. For the
 * same reason no runtime is loaded from there: for an update the staged one is copied into the state directory, and every
 * other command uses the one that is installed there.
 *
 * Exit codes of its own: 5, refused and nothing changed. All others are the updater's.
 */
#include "jvm.h"
#include "trust.h"

#include <windows.h>
#include <shellapi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define REFUSED 5
#define MOST_OPTIONS 8
#define MOST_VARIABLES 64
#define LONGEST_REPORT (1 << 20)

/* The product's, put in here when its bundle is made: behind the marker are 240 characters, ended by a NUL. */
struct setting {
    WCHAR marker[16];
    WCHAR value[240];
};
static volatile struct setting product = {L"@updater.product", L"observiq-otel-collector"};
static volatile struct setting state_directory = {L"@updater.state.d", L"%ProgramData%\\observiq-otel-collector-updater"};

static WCHAR self[LONGEST], directory[LONGEST], state[LONGEST], runtime[LONGEST];

static void say(const WCHAR *format, ...)
{
    WCHAR text[LONGEST];
    char utf8[LONGEST];
    DWORD written;
    va_list values;
    va_start(values, format);
    int count = _vsnwprintf(text, LONGEST - 1, format, values);
    va_end(values);
    text[count < 0 ? LONGEST - 1 : count] = 0;
    int bytes = WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, LONGEST, NULL, NULL);
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), utf8, bytes > 0 ? bytes - 1 : 0, &written, NULL);
}

static void refuse(const WCHAR *format, const WCHAR *one, const WCHAR *two)
{
    say(L"updater: ");
    say(format, one, two);
    say(L"\r\n");
    ExitProcess(REFUSED);
}

static void join(WCHAR *to, const WCHAR *parent, const WCHAR *name)
{
    if (wcslen(parent) + wcslen(name) + 2 > LONGEST)
        refuse(L"a path is too long: %ls\\%ls", parent, name);
    WCHAR joined[LONGEST];
    wcscpy(joined, parent);
    size_t length = wcslen(joined);
    if (length && joined[length - 1] != L'\\')
        wcscat(joined, L"\\");
    wcscat(joined, name);
    wcscpy(to, joined);
}

static BOOL is_file(const WCHAR *parent, const WCHAR *name)
{
    WCHAR path[LONGEST];
    join(path, parent, name);
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES
           && !(attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT));
}

/* ---- Where things are. ---- */

/* Where programs keep their data, as the registry has it; the environment is the caller's. */
static void program_data(WCHAR *to)
{
    static const WCHAR *key = L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Shell Folders";
    DWORD size = LONGEST * sizeof(WCHAR);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"Common AppData", RRF_RT_REG_SZ, NULL, to, &size) != ERROR_SUCCESS)
        wcscpy(to, L"C:\\ProgramData");
}

static void find_places(void)
{
    static const WCHAR data[] = L"%ProgramData%\\";
    DWORD length = GetModuleFileNameW(NULL, self, LONGEST);
    if (!length || length == LONGEST)
        refuse(L"it cannot be told where this launcher lies", NULL, NULL);
    wcscpy(directory, self);
    WCHAR *last = wcsrchr(directory, L'\\');
    if (last)
        *last = 0;
    const WCHAR *named = (const WCHAR *)state_directory.value;
    if (!wcsncmp(named, data, wcslen(data))) {
        program_data(state);
        join(state, state, named + wcslen(data));
    } else if (named[0] && named[1] == L':') {
        wcscpy(state, named);
    } else {
        /* A product may keep it in home. This file lies in one of both. */
        size_t end = wcslen(directory), tail = wcslen(named);
        if (end > tail && directory[end - tail - 1] == L'\\' && !_wcsicmp(directory + end - tail, named))
            wcscpy(state, directory);
        else
            join(state, directory, named);
    }
}

static BOOL present(const WCHAR *candidate)
{
    return is_file(candidate, L"bin\\server\\jvm.dll") && is_file(candidate, L"platform");
}

/* Removes runtimes that earlier launchers copied and no updater came to install. One in use cannot be removed. */
static void remove_stale(void)
{
    WIN32_FIND_DATAW found;
    WCHAR path[LONGEST], current[LONGEST], target[LONGEST] = L"";
    join(path, state, L"runtime");
    HANDLE link = CreateFileW(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (link != INVALID_HANDLE_VALUE) {
        GetFinalPathNameByHandleW(link, target, LONGEST, FILE_NAME_NORMALIZED);
        CloseHandle(link);
    }
    const WCHAR *name = wcsrchr(target, L'\\');
    wcscpy(current, name ? name + 1 : L"");
    join(path, state, L"runtime-*");
    HANDLE search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        join(path, state, found.cFileName);
        HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, wcstoul(found.cFileName + 8, NULL, 10));
        if (process)
            CloseHandle(process);
        else if (wcscmp(found.cFileName, current))
            remove_tree(path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}

static void refuse_untrusted(const WCHAR *path)
{
    refuse(L"%ls is missing, a link, or could have been made or changed by another user, whose program would be run; let the"
           L" administrators own it and unpack the update for %ls again",
           path, (const WCHAR *)product.value);
}

/*
 * Copies what is staged in "from" into the state directory, and returns whether there is anything. It may be a process like
 * this one, whose number and birth the copy is named for, that removes it.
 */
static BOOL copy_staged(const WCHAR *from)
{
    static WCHAR source[LONGEST], target[LONGEST];
    WCHAR name[64];
    FILETIME birth, unused;
    join(source, from, L"updater-runtime");
    if (!present(source))
        return FALSE;
    if (!trusted_way(source)) {
        join(runtime, state, L"runtime");
        wcscpy(target, state);
        if (!present(runtime) || !trusted_way(target))
            refuse_untrusted(source);
        say(L"updater: %ls could have been changed by another user: the installed runtime is used\r\n", source);
        return TRUE;
    }
    wcscpy(target, state);
    make_private(state);
    if (!trusted_way(target))
        refuse_untrusted(target);
    remove_stale();
    GetProcessTimes(GetCurrentProcess(), &birth, &unused, &unused, &unused);
    _snwprintf(name, 64, L"runtime-%lu-%lu%08lx", GetCurrentProcessId(), birth.dwHighDateTime, birth.dwLowDateTime);
    join(runtime, state, name);
    wcscpy(target, runtime);
    BOOL copied = copy_tree(source, target);
    if (copied && is_file(from, L"updater.exe")) {
        join(source, from, L"updater.exe");
        join(target, runtime, L"updater.exe");
        copied = copy_tree(source, target);
    }
    if (!copied) {
        remove_tree(runtime);
        refuse(L"%ls could not be copied into %ls, or another user could have changed it", source, state);
    }
    return TRUE;
}

static BOOL find_runtime(const WCHAR *command)
{
    WCHAR from[LONGEST], way[LONGEST];
    BOOL update = !wcscmp(command, L"update");
    join(from, directory, L"tmp\\latest");
    if (update && _wcsicmp(directory, state) && copy_staged(from))
        return TRUE;
    if ((update || !wcscmp(command, L"recover")) && copy_staged(directory))
        return TRUE;
    join(runtime, state, L"runtime");
    wcscpy(way, state);
    return present(runtime) && (!_wcsicmp(directory, state) || trusted_way(way));
}

/* ---- What the last update did, without a runtime. ---- */

static BOOL shown(const char *line)
{
    static const char *members[] = {"\"outcome\"", "\"from_version\"", "\"to_version\"", "\"reason\"", "\"finished_at\""};
    for (int i = 0; i < 5; i++)
        if (!strncmp(line, members[i], strlen(members[i])))
            return TRUE;
    return FALSE;
}

/* The report has one member a line. It may be another user's: nothing but printable characters goes to the console. */
static void print_report(char *report)
{
    DWORD written;
    for (char *line = strtok(report, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        line += strspn(line, " ");
        if (!shown(line))
            continue;
        for (char *c = line; *c; c++)
            if (*c < ' ' || *c > '~')
                *c = '?';
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, strlen(line), &written, NULL);
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "\r\n", 2, &written, NULL);
    }
}

static BOOL report_from(const WCHAR *parent, const WCHAR *name)
{
    WCHAR path[LONGEST];
    if (!is_file(parent, name))
        return FALSE;
    join(path, parent, name);
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    char *text = calloc(1, LONGEST_REPORT + 1);
    DWORD count = 0;
    BOOL read = file != INVALID_HANDLE_VALUE && text && ReadFile(file, text, LONGEST_REPORT, &count, NULL);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (read)
        print_report(text);
    return read;
}

static void report_status(const WCHAR *home)
{
    if (report_from(state, L"updater-report.json") || report_from(home, L"log\\updater-report.json"))
        ExitProcess(0);
}

static BOOL is_command(const WCHAR *word)
{
    static const WCHAR *known[] = {L"status", L"doctor", L"journal", L"recover", L"allow-downgrade",
                                   L"apply", L"enroll", L"purge", L"history", L"hold", L"unhold", L"retry", L"plan",
                                   L"rollback", L"completion", L"metrics"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!wcscmp(word, known[i]))
            return TRUE;
    return FALSE;
}

/* The command is the first word that is no option; --home, --product and --service-manager take a value. */
static const WCHAR *command_of(int argc, WCHAR **argv, const WCHAR **home)
{
    for (int i = 1; i < argc; i++) {
        if (!wcscmp(argv[i], L"--home") && i + 1 < argc)
            *home = argv[++i];
        else if (!wcsncmp(argv[i], L"--home=", 7))
            *home = argv[i] + 7;
        else if (!wcscmp(argv[i], L"--product") || !wcscmp(argv[i], L"--service-manager"))
            i++;
        else if (!wcscmp(argv[i], L"--version") || !wcscmp(argv[i], L"-v") || !wcscmp(argv[i], L"--help")
                 || !wcscmp(argv[i], L"-h"))
            return L"information";
        else if (argv[i][0] != L'-')
            return is_command(argv[i]) ? argv[i] : L"update";
    }
    return L"update";
}

/* ---- The environment. ---- */

/* Removes every variable but those that Windows itself needs: the virtual machine reads options from some. */
static void clear_environment(void)
{
    static const WCHAR *kept[] = {L"SystemRoot", L"SystemDrive", L"windir", L"ComSpec", L"ProgramData",
                                  L"NUMBER_OF_PROCESSORS"};
    WCHAR *block = GetEnvironmentStringsW();
    for (WCHAR *variable = block; variable && *variable; variable += wcslen(variable) + 1) {
        WCHAR *equals = wcschr(variable + 1, L'=');
        BOOL keep = !equals;
        if (equals) {
            WCHAR name[LONGEST];
            wcsncpy(name, variable, equals - variable);
            name[equals - variable] = 0;
            for (int i = 0; i < 6; i++)
                keep = keep || !_wcsicmp(name, kept[i]);
            if (!keep)
                SetEnvironmentVariableW(name, NULL);
        }
    }
    FreeEnvironmentStringsW(block);
    WCHAR system[MAX_PATH];
    if (GetSystemDirectoryW(system, MAX_PATH))
        SetEnvironmentVariableW(L"PATH", system);
    if (GetSystemWindowsDirectoryW(system, MAX_PATH - 5)) {
        wcscat(system, L"\\Temp");
        SetEnvironmentVariableW(L"TEMP", system);
        SetEnvironmentVariableW(L"TMP", system);
    }
}

/* A file of the runtime's may add variables, each line NAME=value, as in the launcher for POSIX. */
static void add_environment(void)
{
    WCHAR path[LONGEST];
    char line[4096];
    join(path, runtime, L"environment");
    FILE *file = _wfopen(path, L"r");
    for (int i = 0; file && i < MOST_VARIABLES && fgets(line, sizeof line, file); i++) {
        line[strcspn(line, "\r\n")] = 0;
        char *equals = strchr(line, '=');
        if (equals && equals != line) {
            *equals = 0;
            SetEnvironmentVariableA(line, equals + 1);
        }
    }
    if (file)
        fclose(file);
}

/* ---- The virtual machine. ---- */

static create_jvm load_jvm(void)
{
    WCHAR path[LONGEST];
    join(path, runtime, L"bin");
    /* What the virtual machine needs lies there, and not beside it. */
    AddDllDirectory(path);
    join(path, runtime, L"bin\\server\\jvm.dll");
    HMODULE jvm = LoadLibraryExW(path, NULL,
                                 LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_USER_DIRS
                                     | LOAD_LIBRARY_SEARCH_SYSTEM32);
    DWORD error = GetLastError();
    if (!jvm && error == ERROR_BAD_EXE_FORMAT)
        refuse(L"this bundle is for another processor: %ls cannot be loaded", path, NULL);
    if (!jvm) {
        WCHAR number[16];
        _snwprintf(number, 16, L"%lu", error);
        refuse(L"%ls cannot be loaded, error %ls; unpack the update again", path, number);
    }
    return (create_jvm)(void *)GetProcAddress(jvm, "JNI_CreateJavaVM");
}

/* The virtual machine takes options in the code page of the host. What has no place in it would be another path. */
static char *option(const WCHAR *name, const WCHAR *value)
{
    WCHAR whole[LONGEST + 64];
    BOOL lost = FALSE;
    wcscpy(whole, name);
    wcscat(whole, value);
    char *bytes = malloc(4 * wcslen(whole) + 1);
    if (!bytes || !WideCharToMultiByte(CP_ACP, WC_NO_BEST_FIT_CHARS, whole, -1, bytes, 4 * wcslen(whole) + 1, NULL, &lost)
        || lost)
        refuse(L"this path cannot be said in the code page of this host: %ls", value, NULL);
    return bytes;
}

int main(void)
{
    /* Before anything else is loaded. */
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    int argc;
    WCHAR **argv = CommandLineToArgvW(GetCommandLineW(), &argc);
    find_places();
    const WCHAR *home = directory;
    const WCHAR *command = command_of(argc, argv, &home);
    if (!find_runtime(command)) {
        if (!wcscmp(command, L"status"))
            report_status(home);
        refuse(L"no runtime in %ls\\tmp\\latest\\updater-runtime or in its state directory; unpack the update for %ls again",
               directory, (const WCHAR *)product.value);
    }
    clear_environment();
    add_environment();
    create_jvm create = load_jvm();
    char *options[MOST_OPTIONS];
    int count = 0;
    /* Launched from a state directory beside home, it is the product that says where home is. */
    if (_wcsicmp(directory, state))
        options[count++] = option(L"-Dupdater.launcher=", self);
    if (is_file(runtime, L"lib\\updater.aot")) {
        WCHAR cache[LONGEST];
        join(cache, runtime, L"lib\\updater.aot");
        options[count++] = option(L"-XX:AOTCache=", cache);
    }
    const char *reason = create ? run_updater(create, count, options, argc - 1, (jchar **)argv + 1)
                                : "its virtual machine has no JNI_CreateJavaVM";
    WCHAR wide[256];
    MultiByteToWideChar(CP_UTF8, 0, reason, -1, wide, 256);
    refuse(L"%ls could not be run: %ls; unpack the update again", runtime, wide);
    return REFUSED;
}
