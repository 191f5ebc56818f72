/*
 * A stand-in for the virtual machine of Windows: jvm.dll whose JNI_CreateJavaVM prints what it was given, and whose main
 * class prints the arguments and does as the first one says: --exit=N, --sleep, --return or --missing.
 */
#include <jni.h>

#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static const jchar *texts[64];
static int count;

static jclass JNICALL find_class(JNIEnv *env, const char *name)
{
    printf("class=%s\n", name);
    return (jclass)name;
}

static jmethodID JNICALL static_method(JNIEnv *env, jclass type, const char *name, const char *signature)
{
    printf("method=%s%s\n", name, signature);
    return (jmethodID)name;
}

static jobjectArray JNICALL new_array(JNIEnv *env, jsize length, jclass type, jobject first)
{
    return (jobjectArray)texts;
}

static jstring JNICALL new_string(JNIEnv *env, const jchar *text, jsize length)
{
    return (jstring)text;
}

static void JNICALL set_element(JNIEnv *env, jobjectArray array, jsize index, jobject value)
{
    texts[index] = (const jchar *)value;
    count = index + 1;
}

static void JNICALL describe(JNIEnv *env)
{
}

static void print(const char *name, const WCHAR *text)
{
    char utf8[4096];
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    printf("%s=%s\n", name, utf8);
}

static void JNICALL call_main(JNIEnv *env, jclass type, jmethodID method, ...)
{
    for (int i = 0; i < count; i++)
        print("argument", (const WCHAR *)texts[i]);
    fflush(stdout);
    const WCHAR *first = count ? (const WCHAR *)texts[0] : L"";
    if (!wcsncmp(first, L"--exit=", 7))
        ExitProcess(_wtoi(first + 7));
    if (!wcscmp(first, L"--sleep"))
        Sleep(600000);
    if (wcscmp(first, L"--return"))
        ExitProcess(0);
}

static struct JNINativeInterface_ functions = {.FindClass = find_class,
                                               .GetStaticMethodID = static_method,
                                               .NewObjectArray = new_array,
                                               .NewString = new_string,
                                               .SetObjectArrayElement = set_element,
                                               .CallStaticVoidMethod = call_main,
                                               .ExceptionDescribe = describe};
static const struct JNINativeInterface_ *environment = &functions;

JNIEXPORT jint JNICALL JNI_CreateJavaVM(JavaVM **jvm, void **env, void *arguments)
{
    JavaVMInitArgs *init = arguments;
    printf("pid=%lu\n", GetCurrentProcessId());
    for (int i = 0; i < init->nOptions; i++)
        printf("option=%s\n", init->options[i].optionString);
    WCHAR *block = GetEnvironmentStringsW();
    for (WCHAR *variable = block; *variable; variable += wcslen(variable) + 1)
        print("environment", variable);
    *env = (void *)&environment;
    return JNI_OK;
}
