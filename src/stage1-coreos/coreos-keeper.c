/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "coreos-machine.h"
#include "stage1-network.h"
#include "sysd-bus.h"

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

static void __attribute__((noreturn))
keep(const Pod *pod, const Stage1Args *args, bool networked, int fd) {
        struct pollfd end = { .fd = fd, .events = POLLIN };

        /* Once the apps are gone nobody accepts. */
        for (int i = 0, n = sd_listen_fds(false); i < n; i++)
                (void) close(SD_LISTEN_FDS_START + i);
        (void) setsid();
        (void) dup2(open("/dev/null", O_RDWR | O_CLOEXEC), STDIN_FILENO);
        (void) dup2(STDIN_FILENO, STDOUT_FILENO);
        (void) dup2(STDIN_FILENO, STDERR_FILENO);
        if (networked && sd_booted() > 0)
                (void) leave_service(&pod->uuid); /* else the collector may have to do it */
        while (poll(&end, 1, -1) < 0 && errno == EINTR)
                ;
        (void) coreos_machine_kill(&pod->uuid, NULL);
        if (networked)
                stage1_network_end(pod, args);
        _exit(0);
}

int coreos_keeper_start(const Pod *pod, const Stage1Args *args, bool networked, Error *e) {
        _cleanup_(fd_closep) int fd = pidfd_open(getpid(), 0);
        pid_t child = fd < 0 ? -1 : fork();
        int status = 0;

        if (child < 0)
                return error_wrap(e, -errno, "cannot keep the pod's lock");
        if (child == 0) {
                if (fork() != 0)
                        _exit(0);
                keep(pod, args, networked, fd);
        }
        return waitpid(child, &status, 0) < 0 ? -errno : 0;
}
