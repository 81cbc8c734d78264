/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "files.h"
#include "openat.h"
#include "pod-files.h"

static int write_text(int dir_fd, const char *name, const char *text, unsigned flags, Error *e) {
        int r = file_write_at(dir_fd, name, text, strlen(text), 0644, flags);

        return r < 0 ? error_wrap(e, r, "cannot write the pod's file %s", name) : 0;
}

int stage1_write_pid(const Pod *pod, pid_t pid, Error *e) {
        char text[32];

        (void) snprintf(text, sizeof(text), "%d\n", pid);
        return write_text(pod->fd, "pid", text, 0, e);
}

int stage1_write_cgroup(const Pod *pod, const char *path, Error *e) {
        return write_text(pod->fd, "subcgroup", path, 0, e);
}

int stage1_write_exit_status(const Pod *pod, const char *app, int status, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        char text[32];

        fd = open_beneath(pod->fd, POD_STAGE1_ROOTFS "/rkt/status", O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return error_wrap(e, fd, "cannot open %s/rkt/status", POD_STAGE1_ROOTFS);
        (void) snprintf(text, sizeof(text), "%d\n", status);
        return write_text(fd, app, text, FILE_WRITE_SYNC, e);
}

int stage1_mark_ready(const Pod *pod, Error *e) {
        _cleanup_(fd_closep) int fd =
                open_beneath(pod->fd, POD_STAGE1_ROOTFS "/rkt", O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return error_wrap(e, fd, "cannot open %s/rkt", POD_STAGE1_ROOTFS);
        if (symlinkat("ready", fd, "supervisor-status") < 0 && errno != EEXIST)
                return error_wrap(e, -errno, "cannot mark the pod as ready");
        return 0;
}

int stage1_fail(const char *prefix, const Error *e, int r, bool debug) {
        _cleanup_(freep) char *text = error_format(e, r, debug);

        fprintf(stderr, "%s: %s\n", prefix, text ? text : strerror(-r));
        return STAGE1_FAILURE;
}
