/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

/* Moves the wanted descriptors out of the way first, so that none is overwritten before its turn.
 * @report_fd is kept, as the first one behind them. */
static int arrange_fds(const ProcessSpec *spec, int *report_fd) {
        int above = (int) PROCESS_FDS_MAX + 1, moved[PROCESS_FDS_MAX], null_fd = -EBADF;
        unsigned n = spec->n_fds > 3 ? spec->n_fds : 3;

        null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null_fd < 0)
                return -errno;
        for (unsigned i = 0; i < n; i++) {
                int fd = i < spec->n_fds ? spec->fds[i] : -1;

                if (fd < 0 && i < 3)
                        fd = null_fd;
                moved[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, above);
                if (fd >= 0 && moved[i] < 0)
                        return -errno;
        }
        *report_fd = fcntl(*report_fd, F_DUPFD_CLOEXEC, above);
        if (*report_fd < 0)
                return -errno;
        for (unsigned i = 0; i < n; i++)
                if (moved[i] < 0)
                        (void) close((int) i);
                else if (dup2(moved[i], (int) i) < 0)
                        return -errno;
        if (dup3(*report_fd, (int) n, O_CLOEXEC) < 0)
                return -errno;
        *report_fd = (int) n;
        return close_range(n + 1, ~0U, 0) < 0 ? -errno : 0;
}

static void reset_signals(void) {
        sigset_t none;

        for (int number = 1; number < NSIG; number++)
                (void) signal(number, SIG_DFL); /* fails for SIGKILL and SIGSTOP, rightly */
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

static int execute(const ProcessSpec *spec, int *report_fd, pid_t parent) {
        char *const none[] = { NULL };
        char *const *envp = spec->envp ? spec->envp : none;
        int r = 0;

        reset_signals();
        if (spec->own_group && setpgid(0, 0) < 0)
                return -errno;
        /* First of all: a change of user undoes the death signal. */
        if (spec->user && (setgroups(0, NULL) < 0 ||
                           setresgid(spec->user->gid, spec->user->gid, spec->user->gid) < 0 ||
                           setresuid(spec->user->uid, spec->user->uid, spec->user->uid) < 0))
                return -errno;
        if (spec->die_with_parent) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                        return -errno;
                if (getppid() != parent)
                        return -ESRCH; /* it died before we asked */
        }
        if (spec->directory && chdir(spec->directory) < 0)
                return -errno;
        r = arrange_fds(spec, report_fd);
        if (r < 0)
                return r;
        (void) execve(spec->path, spec->argv, envp);
        return -errno;
}

int process_start(const ProcessSpec *spec, pid_t *ret_pid) {
        _cleanup_(fd_closep) int in = -EBADF, out = -EBADF;
        int ends[2], r = 0;
        pid_t parent = getpid(), pid = -1;
        ssize_t n = 0;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        in = ends[0];
        out = ends[1];

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                r = execute(spec, &out, parent);
                (void) !write(out, &r, sizeof(r));
                _exit(127);
        }

        /* The child's end closes at its exec; until then it may send an errno. */
        fd_drop(&out);
        do
                n = read(in, &r, sizeof(r));
        while (n < 0 && errno == EINTR);
        if (n == (ssize_t) sizeof(r)) {
                (void) process_wait(pid);
                return r;
        }
        *ret_pid = pid;
        return 0;
}

int process_wait(pid_t pid) {
        siginfo_t info = {};

        while (waitid(P_PID, (id_t) pid, &info, WEXITED) < 0)
                if (errno != EINTR)
                        return -errno;
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int process_run(const ProcessSpec *spec) {
        pid_t pid = -1;
        int r = process_start(spec, &pid);

        return r < 0 ? r : process_wait(pid);
}
