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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coreos-limits.h"
#include "files.h"
#include "pod-notify.h"
#include "text.h"

typedef struct Foreground {
        const Uuid *uuid;
        bool is_main;
        int signals_fd;
        int notify_fd; /* what the child says; -EBADF where systemd does not listen */
        char *manager; /* and where systemd does */
        sigset_t before;
} Foreground;

static void foreground_done(Foreground *f) {
        fd_drop(&f->signals_fd);
        fd_drop(&f->notify_fd);
        free(f->manager);
}

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

static void tell_systemd(int notify_fd, pid_t child) {
        _cleanup_(freep) char *text = NULL;

        while (pod_notify_read(notify_fd, child, &text) >= 0) {
                if (text)
                        pod_notify_tell(text);
                free(text);
                text = NULL;
        }
}

/* Returns its status as waitpid() has it. */
static int wait_for(pid_t child, const Foreground *f) {
        int status = 0;

        for (;;) {
                struct pollfd events[] = { { .fd = f->signals_fd, .events = POLLIN },
                                           { .fd = f->notify_fd, .events = POLLIN } };
                bool ended = waitpid(child, &status, WNOHANG) == child;

                if (f->notify_fd >= 0)
                        tell_systemd(f->notify_fd, child);
                if (ended)
                        return status;
                (void) poll(events, N_ELEMENTS(events), -1);
                pass_on(f->signals_fd, child);
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

/* systemd-nspawn makes control groups for itself and the pod below the service's. With version 2 they can have
 * controllers only while nobody is left in that one. */
static void leave_cgroup(void) {
        _cleanup_(freep) char *text = NULL, *path = NULL;
        _cleanup_(fd_closep) int dir_fd = -EBADF, fd = -EBADF;
        char *line = NULL;

        if (!coreos_limits_unified() || file_read_text_at(AT_FDCWD, "/proc/self/cgroup", &text) < 0)
                return;
        line = strstr(text, "0::/"); /* the last one, behind hierarchies that nobody has mounted */
        if (!line)
                return;
        if (asprintf(&path, "/sys/fs/cgroup%s/rkt", line + strlen("0::")) < 0) {
                path = NULL;
                return;
        }
        (void) mkdir(path, 0755);
        dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        fd = dir_fd < 0 ? -EBADF : openat(dir_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
                (void) !write(fd, "0", 1);
}

/* Until the child, and then whoever has its end of the pipe, are gone. */
static void __attribute__((noreturn)) wait_for_all(const Foreground *f, pid_t child, int rest_fd) {
        int status = wait_for(child, f);
        char byte;

        /* Who asks us to end now does not want to wait for the rest; a service does, as long as it may take. */
        if (!f->is_main)
                (void) sigprocmask(SIG_SETMASK, &f->before, NULL);
        while (read(rest_fd, &byte, 1) < 0 && errno == EINTR)
                ;
        if (f->notify_fd >= 0)
                pod_notify_remove(f->uuid);
        end_as(status);
}

/* What was meant for the caller by its number is now the child's. */
static int take_numbers(pid_t parent) {
        static const char *const names[] = { "LISTEN_PID", "SYSTEMD_EXEC_PID", "WATCHDOG_PID" };
        char number[32];

        (void) snprintf(number, sizeof(number), "%d", getpid());
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                const char *text = getenv(names[i]);
                uint64_t pid = 0;

                if (!text || text_parse_u64(text, INT32_MAX, &pid) < 0 || (pid_t) pid != parent)
                        continue;
                if (setenv(names[i], number, 1) < 0)
                        return -errno;
        }
        return 0;
}

/* Returns in the child, once the parent is where it belongs. */
static int divide(const Foreground *f, Error *e) {
        int rest[2], begin[2] = { -EBADF, -EBADF };
        pid_t parent = getpid(), child = -1;
        char byte;

        if (pipe2(rest, O_CLOEXEC) < 0 || pipe2(begin, O_CLOEXEC) < 0)
                return error_wrap(e, -errno, "cannot make a pipe");
        child = fork();
        if (child < 0)
                return error_wrap(e, -errno, "cannot start a process");
        if (child > 0) {
                (void) close(rest[1]);
                if (f->is_main)
                        leave_cgroup();
                if (f->manager)
                        (void) setenv("NOTIFY_SOCKET", f->manager, 1);
                (void) close(begin[1]);
                wait_for_all(f, child, rest[0]);
        }
        (void) close(rest[0]); /* and the other end is for whoever is to be waited for */
        (void) close(begin[1]);
        while (read(begin[0], &byte, 1) < 0 && errno == EINTR)
                ;
        (void) close(begin[0]);
        (void) sigprocmask(SIG_SETMASK, &f->before, NULL);
        waiting_parent = parent;
        return take_numbers(parent);
}

/* systemd may listen to the service's main process alone. */
static int open_notify(Foreground *f, Error *e) {
        const char *manager = f->is_main ? getenv("NOTIFY_SOCKET") : NULL;

        if (!manager)
                return 0;
        f->manager = strdup(manager);
        if (!f->manager)
                return -ENOMEM;
        f->notify_fd = pod_notify_open(f->uuid, e);
        return f->notify_fd < 0 ? f->notify_fd : 0;
}

int coreos_foreground(const Uuid *uuid, bool is_main, Error *e) {
        _cleanup_(foreground_done) Foreground f = {
                .uuid = uuid,
                .is_main = is_main,
                .signals_fd = -EBADF,
                .notify_fd = -EBADF,
        };
        sigset_t set;
        int r = 0;

        sigemptyset(&set);
        for (size_t i = 0; i < N_ELEMENTS(passed_on); i++)
                sigaddset(&set, passed_on[i]);
        if (sigprocmask(SIG_BLOCK, &set, &f.before) < 0)
                return error_wrap(e, -errno, "cannot block signals");
        f.signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (f.signals_fd < 0)
                return error_wrap(e, -errno, "cannot read signals");
        r = open_notify(&f, e);
        return r < 0 ? r : divide(&f, e);
}

/* Late: a change of the user takes that back. */
void coreos_foreground_bind(void) {
        if (waiting_parent == 0)
                return;
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != waiting_parent)
                _exit(EXIT_FAILURE);
}
