/* SPDX-License-Identifier: Apache-2.0 */
#include "fly-supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "files.h"

#define CHILDREN_MAX ((size_t) 4 * 1024 * 1024) /* bytes of their list */
#define ROUNDS_MAX 1000

/* Faults are our own; a terminal stops and continues us together with the app. */
static const int not_waited_for[] = { SIGSEGV, SIGABRT, SIGBUS,  SIGFPE,  SIGILL,
                                      SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };

static void fill(sigset_t *set) {
        sigfillset(set);
        for (size_t i = 0; i < sizeof(not_waited_for) / sizeof(not_waited_for[0]); i++)
                sigdelset(set, not_waited_for[i]);
}

void fly_supervise_prepare(void) {
        sigset_t set;

        fill(&set);
        (void) sigprocmask(SIG_SETMASK, &set, NULL);
        /* Whatever the app leaves behind becomes our child. */
        (void) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Returns whether @app was among those that ended. */
static bool reap(pid_t app, int *ret_status) {
        int status = 0;
        pid_t pid = 0;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                if (pid != app)
                        continue;
                *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                return true;
        }
        return false;
}

/* The children are ours to reap: their numbers are nobody else's until then. Returns how many there were. */
static int kill_children(pid_t except, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int n_killed = 0, r = 0;

        r = file_read_at(AT_FDCWD, "/proc/thread-self/children", CHILDREN_MAX, &text, &n);
        if (r < 0)
                return r == -ENOENT ? r : error_wrap(e, r, "cannot list processes");
        for (char *at = text, *end = NULL;; at = end) {
                pid_t pid = (pid_t) strtol(at, &end, 10);

                if (end == at)
                        return n_killed;
                if (pid == except)
                        continue;
                if (kill(pid, SIGKILL) < 0)
                        return error_wrap(e, -errno, "cannot kill process %d", (int) pid);
                (void) waitpid(pid, NULL, 0);
                n_killed++;
        }
}

int fly_end_children(pid_t except, Error *e) {
        for (unsigned i = 0; i < ROUNDS_MAX; i++) {
                int r = kill_children(except, e);

                if (r <= 0)
                        return r;
        }
        return error_new(e, -EBUSY, "processes of the pod start faster than they are killed");
}

int fly_supervise(pid_t app, bool own_session) {
        int exit_status = 0;
        sigset_t set;

        fill(&set);
        for (;;) {
                siginfo_t info = {};
                int number = sigwaitinfo(&set, &info);

                if (number == SIGCHLD && reap(app, &exit_status))
                        return exit_status;
                /* What the terminal sends, it sends to the app as well, if that is in its session. */
                if (number > 0 && number != SIGCHLD && (own_session || info.si_code != SI_KERNEL))
                        (void) kill(app, number);
        }
}
