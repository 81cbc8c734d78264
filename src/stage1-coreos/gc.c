/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "gc" entrypoint: [--debug] [--local-config PATH] UUID. What may still live ends, it
 * leaves its networks, and the link from the host's journal into the pod goes; everything else is in the
 * pod's directory. */

#include <fcntl.h>
#include <limits.h>

#include "coreos-machine.h"
#include "files.h"
#include "stage1-args.h"
#include "stage1-network.h"
#include "stage1-status.h"

static int remove_link(const Uuid *uuid, Error *e) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, "/var/log/journal");
        char id[sizeof(uuid->text)], target[PATH_MAX];
        size_t n = 0;

        if (fd < 0)
                return fd == -ENOENT ? 0 : error_wrap(e, fd, "cannot open /var/log/journal");
        for (const char *c = uuid->text; *c; c++)
                if (*c != '-')
                        id[n++] = *c;
        id[n] = '\0';
        if (readlinkat(fd, id, target, sizeof(target)) < 0)
                return 0;
        return unlinkat(fd, id, 0) < 0 ? error_wrap(e, -errno, "cannot remove %s", id) : 0;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        Uuid uuid;
        int r = stage1_gc_args_parse(argc, argv, &uuid, &e);

        if (r >= 0)
                r = pod_open_here(&uuid, &pod, &e);
        if (r >= 0)
                r = coreos_machine_kill(&uuid, &e);
        if (r >= 0)
                r = stage1_network_leave(pod, stage1_gc_local_config(argc, argv), &e);
        if (r >= 0)
                r = remove_link(&uuid, &e);
        return r < 0 ? stage1_fail("stage1 gc", &e, r, false) : 0;
}
