/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "stop" entrypoint: [--force] UUID. systemd-nspawn passes the wish on to the systemd
 * inside; by force, that one is killed, and all with it. */

#include <signal.h>
#include <sys/pidfd.h>

#include "coreos-inside.h"
#include "stage1-args.h"
#include "stage1-status.h"

static int stop(const Uuid *uuid, bool force, Error *e) {
        _cleanup_(coreos_inside_done) CoreosInside inside = COREOS_INSIDE_NULL;
        _cleanup_(fd_closep) int parent_fd = -EBADF;
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open_here(uuid, &pod, e);

        if (r >= 0)
                r = force ? coreos_inside_open(pod, &inside, e)
                          : stage1_open_parent(pod, &parent_fd, e);
        if (r == -ESRCH)
                return 0; /* it is over already */
        if (r < 0)
                return r;
        if (pidfd_send_signal(force ? inside.process_fd : parent_fd, force ? SIGKILL : SIGTERM,
                              NULL, 0) < 0 &&
            errno != ESRCH)
                return error_wrap(e, -errno, "cannot signal the pod");
        return 0;
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
