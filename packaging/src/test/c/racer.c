/*
 * Exchanges directories and files of a home for links to a tree outside, and back, as fast as a user who owns home can,
 * until it is told to end (SIGTERM); then everything is back where it was, and the number of exchanges is printed.
 *
 *   racer USER HOME VICTIM DECOY TARGETS PAUSE
 *
 * One process for each of the targets, whose bits are set in TARGETS, resting for up to PAUSE ns in between. What is exchanged for a link into DECOY is what the agent itself writes through.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum kind { LINK, FIFO };

static const struct target {
    const char *path;
    const char *outside;
    enum kind kind;
} targets[] = {
    {"plugins", "plugins", LINK},
    {"plugins/same.yaml", "file", LINK},
    {"plugins/owned.yaml", "file", LINK},
    {"plugins/added", "plugins", LINK},
    {"install", "plugins", LINK},
    {"storage", "", LINK},
    {"storage/deep", "plugins", LINK},
    {"storage/twin", "file", FIFO},
    {"VERSION", "file", LINK},
    {"plugins/old only.yaml", "file", FIFO},
    {"agent.process", "file", LINK},
    {"package_statuses.json", "file", LINK},
    {"log", NULL, LINK},
    {"log/updater.log", "file", LINK},
    {"log/updater-report.json", "file", FIFO},
    {"tmp", "", LINK},
    {"tmp/rollback", "", LINK},
    {".updater", "", LINK},
    {".updater", "plugins", LINK},
    {"tmp/latest", "", LINK},
};

static volatile sig_atomic_t ended;

static void end(int signal) {
    (void)signal;
    ended = 1;
}

static void pause_for(unsigned *seed, long most) {
    struct timespec time = {0, rand_r(seed) % most};
    nanosleep(&time, NULL);
}

static int is_planted(const char *path) {
    struct stat there;
    return lstat(path, &there) == 0 && (S_ISLNK(there.st_mode) || S_ISFIFO(there.st_mode));
}

static void put_back(const char *path, const char *aside) {
    struct stat there;
    int kept = lstat(aside, &there) == 0;
    if ((kept || ended) && is_planted(path)) {
        unlink(path);
    }
    if (kept) {
        rename(aside, path);
    }
}

static void name_aside(char *aside, size_t size, const struct target *target, int number) {
    snprintf(aside, size, "%s.aside-%d", target->path, number);
}

static void race(const struct target *target, int number, const char *victim, const char *decoy, long most,
                 long *count) {
    char aside[512];
    char outside[512];
    name_aside(aside, sizeof aside, target, number);
    unsigned seed = (unsigned)number + (unsigned)getpid();
    snprintf(outside, sizeof outside, "%s/%s", target->outside ? victim : decoy, target->outside ? target->outside : "log");
    while (!ended) {
        pause_for(&seed, most);
        /* One that could not be put back, since its directory was away, must not take the place of what it stands for. */
        if (!is_planted(target->path) && rename(target->path, aside) == 0) {
            if (target->kind == FIFO ? mkfifo(target->path, 0666) == 0 : symlink(outside, target->path) == 0) {
                __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
            }
            pause_for(&seed, most / 2);
        }
        put_back(target->path, aside);
    }
}

int main(int argc, char **argv) {
    if (argc != 7 || chdir(argv[2]) != 0) {
        return 2;
    }
    long *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    uid_t user = (uid_t)atoi(argv[1]);
    if (count == MAP_FAILED || setgroups(0, NULL) != 0 || setgid(user) != 0 || setuid(user) != 0) {
        return 2;
    }
    const int number = sizeof targets / sizeof targets[0];
    unsigned long chosen = strtoul(argv[5], NULL, 10);
    pid_t children[sizeof targets / sizeof targets[0]] = {0};
    for (int i = 0; i < number; i++) {
        if (chosen >> i & 1 && (children[i] = fork()) == 0) {
            race(&targets[i], i, argv[3], argv[4], atol(argv[6]), count);
            _exit(0);
        }
    }
    puts("racing");
    fflush(stdout);
    while (!ended) {
        pause();
    }
    for (int i = 0; i < number; i++) {
        if (children[i] > 0) {
            kill(children[i], SIGTERM);
        }
    }
    while (wait(NULL) > 0) {
    }
    /* Each could only reach its own while those above it were in place. */
    for (int i = 0; i < number; i++) {
        char aside[512];
        name_aside(aside, sizeof aside, &targets[i], i);
        put_back(targets[i].path, aside);
    }
    printf("%ld\n", *count);
    return 0;
}
