/*
 * What an agent's user does to an updater that runs from a directory of his: exchanges two names over and over, each time at
 * once, as the user named, until it is ended. Says "racing" when it begins, and how often it did.
 *   exchanger UID ONE OTHER NANOSECONDS
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int number)
{
    ended = number;
}

int main(int count, char **words)
{
    if (count != 5 || setgid(atoi(words[1])) || setuid(atoi(words[1])))
        return 2;
    struct timespec pause = {0, atol(words[4])};
    signal(SIGTERM, end);
    puts("racing");
    fflush(stdout);
    long exchanges = 0;
    while (!ended) {
        if (renameat2(AT_FDCWD, words[2], AT_FDCWD, words[3], RENAME_EXCHANGE) == 0)
            exchanges++;
        nanosleep(&pause, NULL);
    }
    printf("%ld\n", exchanges);
    return 0;
}
