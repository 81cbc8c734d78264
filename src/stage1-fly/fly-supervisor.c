/* SPDX-License-Identifier: Apache-2.0 */
#include "fly-supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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
