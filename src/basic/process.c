/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the program's first steps, until it is executed. */
#define STACK_BYTES ((size_t) 64 * 1024)

#ifdef __SANITIZE_ADDRESS__ /* what it notes of the child's stack would stay behind */
#        define SHARED_MEMORY 0
#else
#        define SHARED_MEMORY CLONE_VM
#endif

/* libc would change every thread of ours with it. */
#ifdef SYS_setresuid32 /* where the other takes 16 bits */
#        define SET_GROUPS SYS_setgroups32
#        define SET_USER SYS_setresuid32
#        define SET_GROUP SYS_setresgid32
#else
#        define SET_GROUPS SYS_setgroups
#        define SET_USER SYS_setresuid
#        define SET_GROUP SYS_setresgid
#endif

/* Moves the wanted descriptors out of the way first, so that none is overwritten before its turn. */
static int arrange_fds(const ProcessSpec *spec) {
        int above = (int) PROCESS_FDS_MAX, moved[PROCESS_FDS_MAX], null_fd = -EBADF;
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
        for (unsigned i = 0; i < n; i++)
                if (moved[i] < 0)
                        (void) close((int) i);
                else if (dup2(moved[i], (int) i) < 0)
                        return -errno;
        return close_range(n, ~0U, 0) < 0 ? -errno : 0;
}

static void reset_signals(void) {
        const struct sigaction by_default = { .sa_handler = SIG_DFL };
        sigset_t none;

        for (int number = 1; number < NSIG; number++)
                (void) sigaction(number, &by_default, NULL); /* not SIGKILL and SIGSTOP, rightly */
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become(const ProcessUser *user) {
        return syscall(SET_GROUPS, 0, NULL) < 0 ||
                               syscall(SET_GROUP, user->gid, user->gid, user->gid) < 0 ||
                               syscall(SET_USER, user->uid, user->uid, user->uid) < 0
                       ? -errno
                       : 0;
}

/* What parent and child share in any case. */
typedef struct Execution {
        const ProcessSpec *spec;
        pid_t parent;
        int r; /* why there was none */
        char stack[STACK_BYTES] __attribute__((aligned(64)));
} Execution;

static int execute(const ProcessSpec *spec, pid_t parent) {
        char *const none[] = { NULL };
        char *const *envp = spec->envp ? spec->envp : none;
        int r = 0;

        reset_signals();
        if (spec->own_group && setpgid(0, 0) < 0)
                return -errno;
        /* First of all: a change of user undoes the death signal. */
        if (spec->user && (r = become(spec->user)) < 0)
                return r;
        if (spec->die_with_parent) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                        return -errno;
                if (getppid() != parent)
                        return -ESRCH; /* it died before we asked */
        }
        if (spec->directory && chdir(spec->directory) < 0)
                return -errno;
        r = arrange_fds(spec);
        if (r < 0)
                return r;
        (void) execve(spec->path, spec->argv, envp);
        return -errno;
}

static int run(void *userdata) {
        Execution *execution = userdata;

        execution->r = execute(execution->spec, execution->parent);
        return 127;
}

/* The child works in our memory, and we wait until it has left it: a fork(2) copies page tables, and
 * then each page that either of us writes to. No signal handler of ours may run there, and nobody who
 * is not us. */
static pid_t start(Execution *execution) {
        int flags = CLONE_VFORK | SIGCHLD | (execution->spec->user ? 0 : SHARED_MEMORY);
        sigset_t all, before;
        pid_t pid = -1;

        sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        /* Stacks grow down on every machine but PA-RISC. */
        pid = clone(run, execution->stack + STACK_BYTES, flags, execution);
        if (pid < 0)
                pid = -errno;
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        return pid;
}

int process_start(const ProcessSpec *spec, pid_t *ret_pid) {
        Execution *execution = mmap(NULL, sizeof(*execution), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        pid_t pid = -1;
        int r = 0;

        if (execution == MAP_FAILED)
                return -errno;
        execution->spec = spec;
        execution->parent = getpid();
        pid = start(execution);
        r = pid < 0 ? (int) pid : execution->r;
        (void) munmap(execution, sizeof(*execution));
        if (pid >= 0 && r < 0)
                (void) process_wait(pid);
        else if (r >= 0)
                *ret_pid = pid;
        return r;
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
