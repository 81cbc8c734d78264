/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Running another program: fixed arguments, a clean environment, only the descriptors named. */

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_FDS_MAX 16

/* Whom a program becomes, without supplementary groups. Only root can do that. */
typedef struct ProcessUser {
        uid_t uid;
        gid_t gid;
} ProcessUser;

typedef struct ProcessSpec {
        const char *path;  /* absolute, no search */
        char *const *argv; /* argv[0] included, NULL-terminated */
        char *const *envp; /* NULL-terminated; NULL means an empty environment */
        /* fds[i] becomes descriptor i of the program; -1 there means /dev/null for 0 to 2 and
         * closed otherwise. All others are closed. */
        int fds[PROCESS_FDS_MAX];
        unsigned n_fds;
        const char *directory;   /* working directory; NULL keeps the caller's */
        const ProcessUser *user; /* NULL keeps the caller's */
        bool die_with_parent;    /* SIGKILL when the thread that starts it ends */
        bool own_group;          /* it leads a new process group */
} ProcessSpec;

/**
 * process_start() - execute it as a child of ours
 * @ret_pid: reap it with process_wait()
 *
 * Signal dispositions and the signal mask of the child are the defaults.
 *
 * Returns: 0; a negative errno, that of a failed execve included: then no child is left.
 */
int process_start(const ProcessSpec *spec, pid_t *ret_pid);

/* Waits for the end. Returns the exit status, or 128 + the signal's number; a negative errno. */
int process_wait(pid_t pid);

/* Both in one. */
int process_run(const ProcessSpec *spec);
