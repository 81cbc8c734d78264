/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-files.h"

#include <fcntl.h>

#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "stage1-files.h"

/* The host's own comes in by systemd-nspawn, and needs something to be mounted on. */
static int bring(const Stage1File *file, int etc_fd, CoreosNeeds *needs) {
        const char *name = strrchr(file->target, '/') + 1;
        _cleanup_(freep) char *inside = NULL;
        int r = asprintf(&inside, "/etc/rkt-%s", name);

        if (r < 0) {
                inside = NULL;
                return -ENOMEM;
        }
        if (*file->source == '/') {
                r = file_write_at(etc_fd, inside + strlen("/etc/"), "", 0, 0644, 0);
                if (r >= 0)
                        r = strv_appendf(&needs->binds, "--bind-ro=%s:%s", file->source, inside);
        }
        if (r >= 0)
                r = strv_append(&needs->files, inside);
        return r < 0 ? r : strv_append(&needs->files, file->target);
}

int coreos_files_find(
        const Pod *pod, int root_fd, const Stage1Args *args, CoreosNeeds *needs, Error *e) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(root_fd, "etc", 0755);
        Stage1File files[STAGE1_FILES_MAX];
        size_t n = 0;
        int r = stage1_files(args->dns_conf_mode, pod, files, &n, e);

        if (r < 0)
                return r;
        r = fd < 0 ? fd : 0;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = bring(&files[i], fd, needs);
        return r < 0 ? error_wrap(e, r, "cannot make the pod's resolv.conf and hosts") : 0;
}
