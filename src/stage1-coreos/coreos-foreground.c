/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

/* In the child; 0 where there is no such. It is to be known there, and nowhere else. */
static pid_t waiting_parent;

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD };

/* A terminal's signals reach the child by themselves. Where another process sends one to the whole group, the
 * child gets it twice, and systemd-nspawn takes the second of a kind for haste: so it gets the other kind, which
 * asks for the same. */
static void pass_on(int signals_fd, pid_t child) {
        struct signalfd_siginfo info;

        while (read(signals_fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
                int signal = (int) info.ssi_signo;

                if (info.ssi_code == SI_KERNEL || signal == SIGCHLD)
                        continue;
                if (signal == SIGTERM)
                        signal = SIGINT;
                else if (signal == SIGINT)
                        signal = SIGTERM;
                (void) kill(child, signal);
        }
}

/* Returns its status as waitpid() has it. */
static int wait_for(pid_t child, int signals_fd) {
        int status = 0;

        for (;;) {
                struct pollfd events = { .fd = signals_fd, .events = POLLIN };

                if (waitpid(child, &status, WNOHANG) == child)
                        return status;
                (void) poll(&events, 1, -1);
                pass_on(signals_fd, child);
        }
}

static void __attribute__((noreturn)) end_as(int status) {
        const struct rlimit no_core = {};

        if (!WIFSIGNALED(status))
                _exit(WEXITSTATUS(status));
        (void) setrlimit(RLIMIT_CORE, &no_core);
        (void) signal(WTERMSIG(status), SIG_DFL);
        (void) raise(WTERMSIG(status));
        _exit(128 + WTERMSIG(status));
}

static void __attribute__((noreturn))
wait_for_all(pid_t child, int signals_fd, int rest_fd, const sigset_t *before) {
        int status = wait_for(child, signals_fd);
        char byte;

        /* Who asks us to end now does not want to wait for the rest. */
        (void) sigprocmask(SIG_SETMASK, before, NULL);
        while (read(rest_fd, &byte, 1) < 0 && errno == EINTR)
                ;
        end_as(status);
}

/* Sockets that were handed to the caller by its number are now the child's. */
static int take_sockets(pid_t parent) {
        const char *text = getenv("LISTEN_PID");
        char number[32];
        uint64_t pid = 0;

        if (!text || text_parse_u64(text, INT32_MAX, &pid) < 0 || (pid_t) pid != parent)
                return 0;
        (void) snprintf(number, sizeof(number), "%d", getpid());
        return setenv("LISTEN_PID", number, 1) < 0 ? -errno : 0;
}

int coreos_foreground(Error *e) {
        _cleanup_(fd_closep) int signals_fd = -EBADF;
        sigset_t set, before;
        int ends[2];
        pid_t child = -1, parent = getpid();

        sigemptyset(&set);
        for (size_t i = 0; i < N_ELEMENTS(passed_on); i++)
                sigaddset(&set, passed_on[i]);
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_wrap(e, -errno, "cannot make a pipe");
        if (sigprocmask(SIG_BLOCK, &set, &before) < 0)
                return error_wrap(e, -errno, "cannot block signals");
        signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        child = signals_fd < 0 ? -1 : fork();
        if (child < 0)
                return error_wrap(e, -errno, "cannot start a process");
        if (child > 0) {
                (void) close(ends[1]);
                wait_for_all(child, signals_fd, ends[0], &before);
        }
        (void) close(ends[0]); /* and the other end is for whoever is to be waited for */
        (void) sigprocmask(SIG_SETMASK, &before, NULL);
        waiting_parent = parent;
        return take_sockets(parent);
}

/* Late: a change of the user takes that back. */
void coreos_foreground_bind(void) {
        if (waiting_parent == 0)
                return;
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != waiting_parent)
                _exit(EXIT_FAILURE);
}
