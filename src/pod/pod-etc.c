/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-etc.h"

#include <string.h>

#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "pod-ids.h"

static int write_etc(const Pod *pod, const char *name, const char *text) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(pod->fd, POD_STAGE1_ROOTFS "/etc", 0755);

        return fd < 0 ? fd : file_write_at(fd, name, text, strlen(text), 0644, 0);
}

int pod_etc_write(const Pod *pod, const char *name, const char *text, Error *e) {
        PodIds ids = {};
        int r = pod_ids_read(pod, &ids, e);

        if (r < 0)
                return r;
        r = pod_ids_assume(&ids);
        if (r >= 0)
                r = write_etc(pod, name, text);
        pod_ids_leave(&ids);
        return r < 0 ? error_wrap(e, r, "cannot write the pod's %s", name) : 0;
}
