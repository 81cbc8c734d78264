/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "stop" entrypoint of flavor fly: [--force] UUID. Sends the app a signal and returns. */

#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>

#include "openat.h"
#include "pod-files.h"
#include "stage1-app.h"
#include "stage1-args.h"
#include "stage1-processes.h"
#include "stage1-status.h"

/* The app's first process, found as the supervisor's child: its PID is nobody else's while the
 * supervisor has not waited for it. */
static int stop(const Uuid *uuid, bool force, Error *e) {
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        pid_t supervisor = -1;
        int r = pod_open_here(uuid, &pod, e);

        if (r >= 0)
                r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0 && manifest->n_apps != 1)
                r = error_new(e, -EINVAL, "it is no pod of flavor fly");
        if (r >= 0)
                r = stage1_app_open(pod, ".", &manifest->apps[0], &app, e);
        if (r >= 0)
                r = pod_read_pid(pod, &supervisor, e);
        if (r >= 0)
                r = stage1_processes_find(app.root_fd, supervisor, &fd, NULL, e);
        if (r == -ESRCH)
                return 0; /* it is over already */
        if (r >= 0 && pidfd_send_signal(fd, force ? SIGKILL : SIGTERM, NULL, 0) < 0 &&
            errno != ESRCH)
                r = error_wrap(e, -errno, "cannot signal the app");
        return r;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        bool force = false;
        Uuid uuid;
        int r = stage1_stop_args_parse(argc, argv, &uuid, &force, &e);

        if (r >= 0)
                r = stop(&uuid, force, &e);
        return r < 0 ? stage1_fail("stage1 stop", &e, r, false) : 0;
}
