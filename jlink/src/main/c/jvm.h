/* Run the updater's main class in a virtual machine in this very process. */
#ifndef UPDATER_JVM_H
#define UPDATER_JVM_H

#include <jni.h>

typedef jint(JNICALL *create_jvm)(JavaVM **, void **, void *);

/*
 * Creates a virtual machine and runs updater.app.Main, which ends the process by itself.
 *
 * create     JNI_CreateJavaVM of the runtime's virtual machine
 * options    for the virtual machine, in the encoding of the platform
 * arguments  for the program, in UTF-16
 *
 * Returns, with a reason, only when that fails.
 */
const char *run_updater(create_jvm create, int option_count, char **options, int argument_count, jchar **arguments);

#endif
