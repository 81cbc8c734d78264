/* SPDX-License-Identifier: Apache-2.0 */

/* spawn PROGRAM [ARGUMENT...]: starts it bare, waits, and prints two lines: the most KiB of memory that
 * it, or one of those it waited for, had at a time; and the microseconds it all took. Its exit status
 * is the program's. */

#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (long long) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int main(int argc, char **argv) {
        long long from = now_usec();
        struct rusage usage = {};
        int status = 0;
        pid_t pid = 0;

        if (argc < 2 || posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0 ||
            wait4(pid, &status, 0, &usage) < 0)
                return 127;
        fprintf(stderr, "%ld\n%lld\n", usage.ru_maxrss, now_usec() - from);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
