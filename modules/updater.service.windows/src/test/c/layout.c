/* Prints where the C headers put the fields of the structures that ServiceMemory lays out, by its names for them. */
#include <windows.h>
#include <stddef.h>
#include <stdio.h>

#define FIELD(name, type, field) printf("%s %zu\n", name, offsetof(type, field))

int main(void)
{
    FIELD("CONFIG_SERVICE_TYPE", QUERY_SERVICE_CONFIGW, dwServiceType);
    FIELD("CONFIG_START_TYPE", QUERY_SERVICE_CONFIGW, dwStartType);
    FIELD("CONFIG_ERROR_CONTROL", QUERY_SERVICE_CONFIGW, dwErrorControl);
    FIELD("CONFIG_BINARY_PATH", QUERY_SERVICE_CONFIGW, lpBinaryPathName);
    FIELD("CONFIG_GROUP", QUERY_SERVICE_CONFIGW, lpLoadOrderGroup);
    FIELD("CONFIG_TAG", QUERY_SERVICE_CONFIGW, dwTagId);
    FIELD("CONFIG_DEPENDENCIES", QUERY_SERVICE_CONFIGW, lpDependencies);
    FIELD("CONFIG_ACCOUNT", QUERY_SERVICE_CONFIGW, lpServiceStartName);
    FIELD("CONFIG_DISPLAY_NAME", QUERY_SERVICE_CONFIGW, lpDisplayName);
    printf("CONFIG_SIZE %zu\n", sizeof(QUERY_SERVICE_CONFIGW));
    FIELD("FAILURE_RESET", SERVICE_FAILURE_ACTIONSW, dwResetPeriod);
    FIELD("FAILURE_REBOOT_MESSAGE", SERVICE_FAILURE_ACTIONSW, lpRebootMsg);
    FIELD("FAILURE_COMMAND", SERVICE_FAILURE_ACTIONSW, lpCommand);
    FIELD("FAILURE_COUNT", SERVICE_FAILURE_ACTIONSW, cActions);
    FIELD("FAILURE_ACTIONS", SERVICE_FAILURE_ACTIONSW, lpsaActions);
    printf("FAILURE_SIZE %zu\n", sizeof(SERVICE_FAILURE_ACTIONSW));
    FIELD("ACTION_TYPE", SC_ACTION, Type);
    FIELD("ACTION_DELAY", SC_ACTION, Delay);
    printf("ACTION_SIZE %zu\n", sizeof(SC_ACTION));
    FIELD("DEPENDENT_NAME", ENUM_SERVICE_STATUSW, lpServiceName);
    printf("DEPENDENT_SIZE %zu\n", sizeof(ENUM_SERVICE_STATUSW));
    return 0;
}
