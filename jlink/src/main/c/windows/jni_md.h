/*
 * What jni.h leaves to the platform. On Windows a jint is a long of 32 bits. 64-bit Windows has one calling convention, so
 * JNICALL, which jni.h of a JDK for Linux defines as nothing, needs to be nothing else.
 */
#ifndef _JAVASOFT_JNI_MD_H_
#define _JAVASOFT_JNI_MD_H_

#define JNIEXPORT __declspec(dllexport)
#define JNIIMPORT __declspec(dllimport)

typedef long jint;
typedef __int64 jlong;
typedef signed char jbyte;

#endif
