/* SPDX-License-Identifier: Apache-2.0 */

/* spawn PROGRAM [ARGUMENT...]: starts it bare, waits, and prints the microseconds that took. Its exit
 * status is the program's. */

#include <spawn.h>
#include <stdio.h>
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
        int status = 0;
        pid_t pid = 0;

        if (argc < 2 || posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0 ||
            waitpid(pid, &status, 0) < 0)
                return 127;
        fprintf(stderr, "%lld\n", now_usec() - from);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
