/* Runs the updater in a virtual machine of Linux, the way updater.exe does: invoke LIBJVM OPTION... -- ARGUMENT... */
#include "jvm.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jchar *wide(const char *ascii)
{
    jchar *text = calloc(strlen(ascii) + 1, sizeof *text);
    for (size_t i = 0; ascii[i]; i++)
        text[i] = ascii[i];
    return text;
}

int main(int argc, char **argv)
{
    jchar *arguments[64];
    int options = 0, count = 0;
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    while (strcmp(argv[2 + options], "--"))
        options++;
    for (int i = 3 + options; i < argc; i++)
        arguments[count++] = wide(argv[i]);
    create_jvm create = (create_jvm)dlsym(library, "JNI_CreateJavaVM");
    fprintf(stderr, "%s\n", run_updater(create, options, argv + 2, count, arguments));
    return 1;
}
