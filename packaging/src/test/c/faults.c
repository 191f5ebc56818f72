/*
 * Makes file operations and process commands of a virtual machine fail, or end it, at a chosen one of them.
 *
 * Preloaded into `java` by the runtime's file `environment`; inert in every other program. FAULTS names a control file
 * of one line, read once at start:
 *
 *   MODE AT ERRNO PATTERN
 *
 *   off            nothing
 *   record         append "number operation path" of each operation to the control file's name + ".log"
 *   kill-before    SIGKILL itself instead of operation AT
 *   kill-after     SIGKILL itself once operation AT is done
 *   half           let operation AT, if it writes, write half of its bytes; then SIGKILL itself
 *   fail           let operation AT fail with ERRNO
 *   fail-sticky    let operation AT and all after it fail with ERRNO, but those that only remove something where
 *                  ERRNO says that the disk is full; commands do not fail
 *   pretend        leave out operations whose name contains PATTERN, and report success: AT, or all where that is 0
 *   pause          stop itself (SIGSTOP) before operation AT
 *
 * Operations are counted from 1 where they change something below a prefix of FAULTS_BELOW (separated by colons) whose
 * path ends in none of FAULTS_EXCEPT; starting a program and signalling a process are counted always. In every mode the
 * number and name of an operation that was acted upon are written to the control file's name + ".hit".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* The headers promise what a caller of utimensat may break: a null path means the descriptor itself. */
#pragma GCC diagnostic ignored "-Wnonnull-compare"

enum mode { OFF, RECORD, KILL_BEFORE, KILL_AFTER, HALF, FAIL, FAIL_STICKY, PRETEND, PAUSE };

static const char *const names[] = {
    "off", "record", "kill-before", "kill-after", "half", "fail", "fail-sticky", "pretend", "pause",
};

static enum mode mode = OFF;
static long at;
static int error_number;
static char pattern[64];
static char log_file[PATH_MAX];
static char hit_file[PATH_MAX];
static const char *below;
static const char *except;
static atomic_long counter;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

static void append(const char *file, long number, const char *operation, const char *path) {
    char line[PATH_MAX + 128];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, operation, path);
    for (int i = 0; i < length - 1 && i < (int)sizeof line; i++) {
        line[i] = line[i] == '\n' ? '?' : line[i];
    }
    int saved = errno;
    long fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) {
        syscall(SYS_write, fd, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
        syscall(SYS_close, fd);
    }
    errno = saved;
}

__attribute__((constructor)) static void start(void) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *control = getenv("FAULTS");
    below = getenv("FAULTS_BELOW");
    except = getenv("FAULTS_EXCEPT");
    if (length < 5 || control == NULL || below == NULL) {
        return;
    }
    self[length] = 0;
    if (strcmp(self + length - 5, "/java") != 0) {
        return;
    }
    long fd = syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    char text[256];
    long size = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    char word[32] = "";
    text[size < 0 ? 0 : size] = 0;
    if (sscanf(text, "%31s %ld %d %63s", word, &at, &error_number, pattern) < 1) {
        return;
    }
    snprintf(log_file, sizeof log_file, "%s.log", control);
    snprintf(hit_file, sizeof hit_file, "%s.hit", control);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(word, names[i]) == 0) {
            mode = (enum mode)i;
        }
    }
}

static int ends(const char *path, const char *suffix, size_t size) {
    size_t length = strlen(path);
    return size > 0 && length >= size && memcmp(path + length - size, suffix, size) == 0;
}

static int concerns(const char *path) {
    for (const char *end = except; end != NULL && *end;) {
        size_t size = strcspn(end, ":");
        if (ends(path, end, size)) {
            return 0;
        }
        end += size + (end[size] == ':');
    }
    for (const char *prefix = below; *prefix;) {
        size_t size = strcspn(prefix, ":");
        if (size > 0 && strncmp(path, prefix, size) == 0 && (path[size] == '/' || path[size] == 0)) {
            return 1;
        }
        prefix += size + (prefix[size] == ':');
    }
    return 0;
}

/* What a descriptor was opened as, and below it the rest of a path. */
static void descriptor_path(int fd, const char *rest, char *out) {
    char link[64];
    char target[PATH_MAX];
    snprintf(link, sizeof link, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    if (snprintf(out, PATH_MAX, "%s%s%s", target, *rest && *rest != '/' ? "/" : "", rest) >= PATH_MAX) {
        out[0] = 0;
    }
}

static void resolve(int directory, const char *path, char *out) {
    int fd = 0;
    int used = 0;
    if (sscanf(path, "/proc/self/fd/%d%n", &fd, &used) == 1 && (path[used] == '/' || path[used] == 0)) {
        descriptor_path(fd, path + used, out);
    } else if (*path == '/') {
        snprintf(out, PATH_MAX, "%s", path);
    } else {
        descriptor_path(directory, path, out);
    }
}

static _Noreturn void die(void) {
    for (;;) {
        syscall(SYS_kill, (long)getpid(), (long)SIGKILL);
    }
}

enum verdict { PROCEED, THEN_DIE, HALVE, REFUSE, SKIP };

static int frees(const char *operation) {
    return strncmp(operation, "unlink", 6) == 0 || strcmp(operation, "rmdir") == 0;
}

static enum verdict judge(const char *operation, const char *path, int is_command) {
    long number = atomic_fetch_add(&counter, 1) + 1;
    switch (mode) {
    case OFF:
        return PROCEED;
    case RECORD:
        append(log_file, number, operation, path);
        return PROCEED;
    case KILL_BEFORE:
        if (number == at) {
            append(hit_file, number, operation, path);
            die();
        }
        return PROCEED;
    case KILL_AFTER:
        if (number == at) {
            append(hit_file, number, operation, path);
            return THEN_DIE;
        }
        return PROCEED;
    case HALF:
        if (number == at) {
            append(hit_file, number, operation, path);
            return HALVE;
        }
        return PROCEED;
    case FAIL:
        if (number == at && !is_command) {
            append(hit_file, number, operation, path);
            errno = error_number;
            return REFUSE;
        }
        return PROCEED;
    case FAIL_STICKY:
        if (number >= at && !is_command && !(error_number == ENOSPC && frees(operation))) {
            append(hit_file, number, operation, path);
            errno = error_number;
            return REFUSE;
        }
        return PROCEED;
    case PRETEND:
        if ((at == 0 || number == at) && strstr(operation, pattern) != NULL) {
            append(hit_file, number, operation, path);
            return SKIP;
        }
        return PROCEED;
    case PAUSE:
        if (number == at) {
            append(hit_file, number, operation, path);
            raise(SIGSTOP);
        }
        return PROCEED;
    }
    return PROCEED;
}

static enum verdict ask(const char *operation, int directory, const char *path) {
    char full[PATH_MAX];
    if (mode == OFF || path == NULL) {
        return PROCEED;
    }
    int saved = errno;
    resolve(directory, path, full);
    errno = saved;
    return concerns(full) ? judge(operation, full, 0) : PROCEED;
}

static enum verdict ask_fd(const char *operation, int fd) {
    char full[PATH_MAX];
    if (mode == OFF) {
        return PROCEED;
    }
    int saved = errno;
    descriptor_path(fd, "", full);
    errno = saved;
    return concerns(full) ? judge(operation, full, 0) : PROCEED;
}

/* Two paths: what concerns either is counted once. */
static enum verdict ask_two(const char *operation, int from_directory, const char *from, int to_directory, const char *to) {
    char full[PATH_MAX];
    if (mode == OFF) {
        return PROCEED;
    }
    resolve(to_directory, to, full);
    if (!concerns(full)) {
        resolve(from_directory, from, full);
    }
    return concerns(full) ? judge(operation, full, 0) : PROCEED;
}

#define ACT(type, verdict, call)                                                                                       \
    do {                                                                                                               \
        switch (verdict) {                                                                                             \
        case REFUSE: return (type)-1;                                                                                  \
        case SKIP: return (type)0;                                                                                     \
        case PROCEED: return (call);                                                                                   \
        case THEN_DIE:                                                                                                 \
        case HALVE: break;                                                                                             \
        }                                                                                                              \
        (void)!(call);                                                                                                 \
        die();                                                                                                         \
    } while (0)

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t created = va_arg(rest, mode_t);                                                                         \
        va_end(rest);                                                                                                  \
        if ((flags & (O_CREAT | O_TRUNC)) == 0) {                                                                      \
            return REAL(name)(path, flags, created);                                                                   \
        }                                                                                                              \
        ACT(int, ask("open", AT_FDCWD, path), REAL(name)(path, flags, created));                                       \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                   \
    int name(int directory, const char *path, int flags, ...) {                                                        \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t created = va_arg(rest, mode_t);                                                                         \
        va_end(rest);                                                                                                  \
        if ((flags & (O_CREAT | O_TRUNC)) == 0) {                                                                      \
            return REAL(name)(directory, path, flags, created);                                                        \
        }                                                                                                              \
        ACT(int, ask("open", directory, path), REAL(name)(directory, path, flags, created));                           \
    }
OPENAT(openat)
OPENAT(openat64)

#define WRITE(name, label, parameters, whole, part)                                                                    \
    ssize_t name parameters {                                                                                          \
        enum verdict verdict = ask_fd(label, fd);                                                                      \
        if (verdict == HALVE) {                                                                                        \
            (void)!(part);                                                                                             \
            die();                                                                                                     \
        }                                                                                                              \
        if (verdict == SKIP) {                                                                                         \
            return (ssize_t)size;                                                                                      \
        }                                                                                                              \
        ACT(ssize_t, verdict, whole);                                                                                  \
    }
WRITE(write, "write", (int fd, const void *bytes, size_t size), REAL(write)(fd, bytes, size),
      REAL(write)(fd, bytes, size / 2))
WRITE(pwrite, "write", (int fd, const void *bytes, size_t size, off_t offset), REAL(pwrite)(fd, bytes, size, offset),
      REAL(pwrite)(fd, bytes, size / 2, offset))
WRITE(pwrite64, "write", (int fd, const void *bytes, size_t size, off64_t offset),
      REAL(pwrite64)(fd, bytes, size, offset), REAL(pwrite64)(fd, bytes, size / 2, offset))
WRITE(copy_file_range, "copy", (int in, off64_t *from, int fd, off64_t *to, size_t size, unsigned flags),
      REAL(copy_file_range)(in, from, fd, to, size, flags), REAL(copy_file_range)(in, from, fd, to, size / 2, flags))
WRITE(sendfile, "copy", (int fd, int in, off_t *from, size_t size), REAL(sendfile)(fd, in, from, size),
      REAL(sendfile)(fd, in, from, size / 2))
ssize_t sendfile64(int, int, off64_t *, size_t);
WRITE(sendfile64, "copy", (int fd, int in, off64_t *from, size_t size), REAL(sendfile64)(fd, in, from, size),
      REAL(sendfile64)(fd, in, from, size / 2))
ssize_t writev(int fd, const struct iovec *parts, int count) {
    ACT(ssize_t, ask_fd("write", fd), REAL(writev)(fd, parts, count));
}

#define BY_FD(name, label, parameters, call)                                                                           \
    int name parameters {                                                                                              \
        ACT(int, ask_fd(label, fd), call);                                                                             \
    }
BY_FD(ftruncate, "truncate", (int fd, off_t size), REAL(ftruncate)(fd, size))
BY_FD(ftruncate64, "truncate", (int fd, off64_t size), REAL(ftruncate64)(fd, size))
BY_FD(fsync, "fsync", (int fd), REAL(fsync)(fd))
BY_FD(fdatasync, "fsync-data", (int fd), REAL(fdatasync)(fd))
BY_FD(syncfs, "syncfs", (int fd), REAL(syncfs)(fd))
BY_FD(fchmod, "chmod", (int fd, mode_t bits), REAL(fchmod)(fd, bits))
BY_FD(fchown, "chown", (int fd, uid_t user, gid_t group), REAL(fchown)(fd, user, group))
BY_FD(futimens, "utimes", (int fd, const struct timespec times[2]), REAL(futimens)(fd, times))
int fsetxattr(int, const char *, const void *, size_t, int);
BY_FD(fsetxattr, "setxattr", (int fd, const char *name, const void *value, size_t size, int flags),
      REAL(fsetxattr)(fd, name, value, size, flags))
int fremovexattr(int, const char *);
BY_FD(fremovexattr, "removexattr", (int fd, const char *name), REAL(fremovexattr)(fd, name))

#define BY_PATH(name, label, parameters, call)                                                                         \
    int name parameters {                                                                                              \
        ACT(int, ask(label, AT_FDCWD, path), call);                                                                    \
    }
BY_PATH(unlink, "unlink", (const char *path), REAL(unlink)(path))
BY_PATH(rmdir, "rmdir", (const char *path), REAL(rmdir)(path))
BY_PATH(remove, "unlink", (const char *path), REAL(remove)(path))
BY_PATH(mkdir, "mkdir", (const char *path, mode_t bits), REAL(mkdir)(path, bits))
BY_PATH(chmod, "chmod", (const char *path, mode_t bits), REAL(chmod)(path, bits))
BY_PATH(chown, "chown", (const char *path, uid_t user, gid_t group), REAL(chown)(path, user, group))
BY_PATH(lchown, "chown", (const char *path, uid_t user, gid_t group), REAL(lchown)(path, user, group))
int setxattr(const char *, const char *, const void *, size_t, int);
BY_PATH(setxattr, "setxattr", (const char *path, const char *name, const void *value, size_t size, int flags),
        REAL(setxattr)(path, name, value, size, flags))
int lsetxattr(const char *, const char *, const void *, size_t, int);
BY_PATH(lsetxattr, "setxattr", (const char *path, const char *name, const void *value, size_t size, int flags),
        REAL(lsetxattr)(path, name, value, size, flags))
int removexattr(const char *, const char *);
BY_PATH(removexattr, "removexattr", (const char *path, const char *name), REAL(removexattr)(path, name))
int lremovexattr(const char *, const char *);
BY_PATH(lremovexattr, "removexattr", (const char *path, const char *name), REAL(lremovexattr)(path, name))

#define BY_NAME(name, label, parameters, call)                                                                         \
    int name parameters {                                                                                              \
        ACT(int, ask(label, directory, path), call);                                                                   \
    }
BY_NAME(unlinkat, "unlink", (int directory, const char *path, int flags), REAL(unlinkat)(directory, path, flags))
BY_NAME(mkdirat, "mkdir", (int directory, const char *path, mode_t bits), REAL(mkdirat)(directory, path, bits))
BY_NAME(fchmodat, "chmod", (int directory, const char *path, mode_t bits, int flags),
        REAL(fchmodat)(directory, path, bits, flags))
BY_NAME(fchownat, "chown", (int directory, const char *path, uid_t user, gid_t group, int flags),
        REAL(fchownat)(directory, path, user, group, flags))

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
    if (path == NULL) {
        ACT(int, ask_fd("utimes", directory), REAL(utimensat)(directory, path, times, flags));
    }
    ACT(int, ask("utimes", directory, path), REAL(utimensat)(directory, path, times, flags));
}

int rename(const char *from, const char *to) {
    ACT(int, ask_two("rename", AT_FDCWD, from, AT_FDCWD, to), REAL(rename)(from, to));
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    ACT(int, ask_two("rename", from_directory, from, to_directory, to),
        REAL(renameat)(from_directory, from, to_directory, to));
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    ACT(int, ask_two("rename", from_directory, from, to_directory, to),
        REAL(renameat2)(from_directory, from, to_directory, to, flags));
}

int link(const char *from, const char *to) {
    ACT(int, ask_two("link", AT_FDCWD, from, AT_FDCWD, to), REAL(link)(from, to));
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
    ACT(int, ask_two("link", from_directory, from, to_directory, to),
        REAL(linkat)(from_directory, from, to_directory, to, flags));
}

int symlink(const char *target, const char *path) {
    ACT(int, ask("symlink", AT_FDCWD, path), REAL(symlink)(target, path));
}

int symlinkat(const char *target, int directory, const char *path) {
    ACT(int, ask("symlink", directory, path), REAL(symlinkat)(target, directory, path));
}

/* Commands: the JDK starts programs by posix_spawn of its jspawnhelper, and signals by kill. Signal 0 only asks. */
int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
    if (mode == OFF) {
        return REAL(posix_spawn)(pid, path, actions, attributes, arguments, environment);
    }
    ACT(int, judge("spawn", path, 1), REAL(posix_spawn)(pid, path, actions, attributes, arguments, environment));
}

int kill(pid_t pid, int signal) {
    if (mode == OFF || signal == 0) {
        return REAL(kill)(pid, signal);
    }
    char who[32];
    snprintf(who, sizeof who, "signal-%d", signal);
    ACT(int, judge("kill", who, 1), REAL(kill)(pid, signal));
}
