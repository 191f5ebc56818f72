#include "jvm.h"

#include <stdlib.h>

/* As `java -m updater.app/updater.app.Main` says it: it makes updater.app a root module. */
#define MODULE "-Djdk.module.main=updater.app"
#define MAIN_CLASS "updater/app/Main"

static jsize length(const jchar *text)
{
    jsize count = 0;
    while (text[count])
        count++;
    return count;
}

static jobjectArray strings(JNIEnv *env, int count, jchar **texts)
{
    jclass type = (*env)->FindClass(env, "java/lang/String");
    jobjectArray array = type ? (*env)->NewObjectArray(env, count, type, NULL) : NULL;
    for (int i = 0; array && i < count; i++) {
        jstring text = (*env)->NewString(env, texts[i], length(texts[i]));
        if (!text)
            return NULL;
        (*env)->SetObjectArrayElement(env, array, i, text);
    }
    return array;
}

const char *run_updater(create_jvm create, int option_count, char **options, int argument_count, jchar **arguments)
{
    JavaVM *jvm;
    JNIEnv *env;
    JavaVMOption *all = calloc(option_count + 1, sizeof *all);
    JavaVMInitArgs init = {JNI_VERSION_10, option_count + 1, all, JNI_FALSE};
    if (!all)
        return "there is no memory for its options";
    all[0].optionString = MODULE;
    for (int i = 0; i < option_count; i++)
        all[i + 1].optionString = options[i];
    if (create(&jvm, (void **)&env, &init) != JNI_OK)
        return "the virtual machine could not be created";
    jclass type = (*env)->FindClass(env, MAIN_CLASS);
    jmethodID method = type ? (*env)->GetStaticMethodID(env, type, "main", "([Ljava/lang/String;)V") : NULL;
    jobjectArray array = method ? strings(env, argument_count, arguments) : NULL;
    if (!array) {
        (*env)->ExceptionDescribe(env);
        return "there is no updater in it";
    }
    (*env)->CallStaticVoidMethod(env, type, method, array);
    (*env)->ExceptionDescribe(env);
    return "the updater returned instead of ending the process";
}
