/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "stage1-helper.h"
#include "stage1-status.h"
#include "sysd-host.h"

#define READY_DIRECTORY POD_STAGE1_ROOTFS "/" COREOS_READY
/* All that takes libsystemd is in a program of its own, which most pods do without. */
#define PROGRAM "keep"

typedef struct Keeper {
        const Pod *pod;
        const Stage1Args *args;
        const CoreosNeeds *needs;
        char *program;
        int process_fd, ready_fd;
} Keeper;

/* Waited for: what this process holds, the pod's lock and whoever started the pod, it holds until then. */
static void run(const Keeper *keeper, const char *verb) {
        const char *config = keeper->args->local_config;
        pid_t child = fork();

        if (child == 0) {
                (void) execl(keeper->program, keeper->program, verb, keeper->pod->uuid.text,
                             config ? config : STAGE1_LOCAL_CONFIG,
                             keeper->args->debug ? "debug" : NULL, NULL);
                _exit(EXIT_FAILURE);
        }
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
                ;
}

/* The pod's systemd makes a fifo there when every app is up (rkt-ready.socket): of all that tells of it, it does that
 * alone without a process, at a time when the pod has others to start. */
static int watch_ready(const Pod *pod, int *ret, Error *e) {
        _cleanup_(fd_closep) int dir_fd = open_beneath(pod->fd, READY_DIRECTORY, O_PATH);
        _cleanup_(fd_closep) int fd = inotify_init1(IN_CLOEXEC);
        char path[FD_PATH_MAX];

        if (dir_fd < 0)
                return error_wrap(e, dir_fd, "cannot open " READY_DIRECTORY);
        if (fd < 0 || inotify_add_watch(fd, fd_path(dir_fd, path), IN_CREATE) < 0)
                return error_wrap(e, -errno, "cannot watch " READY_DIRECTORY);
        *ret = fd_take(&fd);
        return 0;
}

static void mark_ready(const Keeper *keeper) {
        if (pod_ids_assume(&keeper->needs->ids) >= 0)
                (void) stage1_mark_ready(keeper->pod, NULL);
        pod_ids_leave(&keeper->needs->ids);
}

/* Until the process has ended. Nothing but the fifo is ever made where it is looked for. */
static void wait_for_end(const Keeper *keeper) {
        struct pollfd events[] = { { .fd = keeper->process_fd, .events = POLLIN },
                                   { .fd = keeper->ready_fd, .events = POLLIN } };

        while (events[0].revents == 0) {
                if (poll(events, N_ELEMENTS(events), -1) < 0 && errno != EINTR)
                        return;
                if (events[1].revents == 0)
                        continue;
                mark_ready(keeper);
                events[1] = (struct pollfd){ .fd = -1 };
        }
}

static void __attribute__((noreturn)) keep(const Keeper *keeper) {
        bool networked = keeper->needs->network;
        SysdNames names;

        /* Once the apps are gone nobody accepts. */
        for (int i = 0; keeper->needs->sockets && keeper->needs->sockets[i]; i++)
                (void) close(SD_LISTEN_FDS_START + i);
        (void) setsid();
        (void) dup2(open("/dev/null", O_RDWR | O_CLOEXEC), STDIN_FILENO);
        (void) dup2(STDIN_FILENO, STDOUT_FILENO);
        (void) dup2(STDIN_FILENO, STDERR_FILENO);
        if (networked && sysd_host_is_booted())
                run(keeper, "leave"); /* else the collector may have to do it */
        wait_for_end(keeper);
        sysd_names_init(&keeper->pod->uuid, &names);
        if (networked || sysd_machine_is_listed(&names))
                run(keeper, "end");
        _exit(0);
}

int coreos_keeper_start(const Pod *pod,
                        const Stage1Args *args,
                        const CoreosNeeds *needs,
                        Error *e) {
        _cleanup_(fd_closep) int process_fd = pidfd_open(getpid(), 0), ready_fd = -EBADF;
        _cleanup_(freep) char *program = stage1_helper_path(PROGRAM);
        int status = 0, r = watch_ready(pod, &ready_fd, e);
        pid_t child = -1;

        if (r < 0 || !program)
                return r < 0 ? r : -ENOMEM;
        child = process_fd < 0 ? -1 : fork();
        if (child < 0)
                return error_wrap(e, -errno, "cannot keep the pod's lock");
        if (child == 0) {
                if (fork() != 0)
                        _exit(0);
                keep(&(Keeper){ pod, args, needs, program, process_fd, ready_fd });
        }
        return waitpid(child, &status, 0) < 0 ? -errno : 0;
}
