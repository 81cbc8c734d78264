/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "coreos-machine.h"
#include "coreos-tree.h"
#include "openat.h"
#include "pod-files.h"
#include "stage1-network.h"
#include "stage1-status.h"
#include "sysd-bus.h"

#define READY_DIRECTORY POD_STAGE1_ROOTFS "/" COREOS_READY

/* A service that stops kills whatever is left in it once its main process has ended, which is when networks
 * are left. Whoever stops the scope instead means nothing by it: it ends with the pod. */
static int leave_service(const Uuid *uuid) {
        _cleanup_(sysd_properties_done) SysdProperties scope = SYSD_PROPERTIES_NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(freep) char *name = NULL, *description = NULL;
        int r = sysd_connect(&bus, NULL);

        if (r < 0)
                return r;
        if (asprintf(&name, "run-rkt-%s.scope", uuid->text) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (asprintf(&description, "Networks of rkt pod %s", uuid->text) < 0) {
                description = NULL;
                return -ENOMEM;
        }
        r = sysd_set_string(&scope, "Description", description);
        if (r >= 0)
                r = sysd_set_pid(&scope, "PIDs", (uint32_t) getpid());
        if (r >= 0)
                r = sysd_set_string(&scope, "CollectMode", "inactive-or-failed");
        if (r >= 0)
                r = sysd_set_i32(&scope, "KillSignal", SIGURG); /* ignored by default */
        return r < 0 ? r : sysd_start_transient(bus, &(SysdUnit){ name, &scope }, 1, NULL, NULL);
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

typedef struct Keeper {
        const Pod *pod;
        const Stage1Args *args;
        const PodIds *ids;
        bool networked;
        int process_fd, ready_fd;
} Keeper;

static void mark_ready(const Keeper *keeper) {
        if (pod_ids_assume(keeper->ids) >= 0)
                (void) stage1_mark_ready(keeper->pod, NULL);
        pod_ids_leave(keeper->ids);
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
        /* Once the apps are gone nobody accepts. */
        for (int i = 0, n = sd_listen_fds(false); i < n; i++)
                (void) close(SD_LISTEN_FDS_START + i);
        (void) setsid();
        (void) dup2(open("/dev/null", O_RDWR | O_CLOEXEC), STDIN_FILENO);
        (void) dup2(STDIN_FILENO, STDOUT_FILENO);
        (void) dup2(STDIN_FILENO, STDERR_FILENO);
        if (keeper->networked && sd_booted() > 0)
                (void) leave_service(&keeper->pod->uuid); /* else the collector may have to do it */
        wait_for_end(keeper);
        (void) coreos_machine_kill(&keeper->pod->uuid, NULL);
        if (keeper->networked)
                stage1_network_end(keeper->pod, keeper->args);
        _exit(0);
}

int coreos_keeper_start(
        const Pod *pod, const Stage1Args *args, const PodIds *ids, bool networked, Error *e) {
        _cleanup_(fd_closep) int process_fd = pidfd_open(getpid(), 0), ready_fd = -EBADF;
        int status = 0, r = watch_ready(pod, &ready_fd, e);
        pid_t child = -1;

        if (r < 0)
                return r;
        child = process_fd < 0 ? -1 : fork();
        if (child < 0)
                return error_wrap(e, -errno, "cannot keep the pod's lock");
        if (child == 0) {
                if (fork() != 0)
                        _exit(0);
                keep(&(Keeper){ pod, args, ids, networked, process_fd, ready_fd });
        }
        return waitpid(child, &status, 0) < 0 ? -errno : 0;
}
