/* Holds write leases on files, and lets go of none when the kernel asks for it; with --map, can still write one that it maps. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char **files) {
    signal(SIGIO, SIG_IGN);
    if (count == 3 && strcmp(files[1], "--map") == 0) {
        int opened = open(files[2], O_RDWR);
        if (mmap(NULL, 1, PROT_WRITE, MAP_SHARED, opened, 0) == MAP_FAILED) {
            perror(files[2]);
            return 1;
        }
        close(opened);
        count = 1;
    }
    for (int i = 1; i < count; i++) {
        if (fcntl(open(files[i], O_RDONLY | O_NONBLOCK), F_SETLEASE, F_WRLCK) != 0) {
            perror(files[i]);
            return 1;
        }
    }
    puts("held");
    fflush(stdout);
    for (;;) {
        pause();
    }
}
